package org.jvmm.softcpu.isa;

/** SSE floating point and data movement (SDM vol. 2 table A-3); the format is {@link OpSpec}'s. */
final class SseRows {
  static final String TEXT =
      """
      # moves
      np.0F10 movups Vx,Wx @sse
      66.0F10 movupd Vx,Wx @sse2
      f3.0F10 movss Vd,Wd @sse
      f2.0F10 movsd Vq,Wq @sse2
      np.0F11 movups Wx,Vx @sse
      66.0F11 movupd Wx,Vx @sse2
      f3.0F11 movss Wd,Vd @sse
      f2.0F11 movsd Wq,Vq @sse2
      np.0F12:m movlps Vq,Mq @sse
      np.0F12:r movhlps Vq,Ux @sse
      66.0F12:m movlpd Vq,Mq @sse2
      f3.0F12 movsldup Vx,Wx aligned @pni
      f2.0F12 movddup Vx,Wq @pni
      np.0F13:m movlps Mq,Vq @sse
      66.0F13:m movlpd Mq,Vq @sse2
      np.0F14 unpcklps Vx,Wx aligned @sse
      66.0F14 unpcklpd Vx,Wx aligned @sse2
      np.0F15 unpckhps Vx,Wx aligned @sse
      66.0F15 unpckhpd Vx,Wx aligned @sse2
      np.0F16:m movhps Vq,Mq @sse
      np.0F16:r movlhps Vq,Ux @sse
      66.0F16:m movhpd Vq,Mq @sse2
      f3.0F16 movshdup Vx,Wx aligned @pni
      np.0F17:m movhps Mq,Vq @sse
      66.0F17:m movhpd Mq,Vq @sse2
      np.0F28 movaps Vx,Wx aligned @sse
      66.0F28 movapd Vx,Wx aligned @sse2
      np.0F29 movaps Wx,Vx aligned @sse
      66.0F29 movapd Wx,Vx aligned @sse2
      np.0F2B:m movntps Mx,Vx aligned @sse
      66.0F2B:m movntpd Mx,Vx aligned @sse2
      np.0F50 movmskps Gy,Ux @sse
      66.0F50 movmskpd Gy,Ux @sse2
      # conversions
      np.0F2A cvtpi2ps Vq,Qq @sse
      66.0F2A cvtpi2pd Vx,Qq @sse2
      f3.0F2A cvtsi2ss Vd,Ey @sse
      f2.0F2A cvtsi2sd Vq,Ey @sse2
      np.0F2C cvttps2pi Pq,Wq @sse
      66.0F2C cvttpd2pi Pq,Wx aligned @sse2
      f3.0F2C cvttss2si Gy,Wd @sse
      f2.0F2C cvttsd2si Gy,Wq @sse2
      np.0F2D cvtps2pi Pq,Wq @sse
      66.0F2D cvtpd2pi Pq,Wx aligned @sse2
      f3.0F2D cvtss2si Gy,Wd @sse
      f2.0F2D cvtsd2si Gy,Wq @sse2
      np.0F5A cvtps2pd Vx,Wq @sse2
      66.0F5A cvtpd2ps Vx,Wx aligned @sse2
      f3.0F5A cvtss2sd Vq,Wd @sse2
      f2.0F5A cvtsd2ss Vd,Wq @sse2
      np.0F5B cvtdq2ps Vx,Wx aligned @sse2
      66.0F5B cvtps2dq Vx,Wx aligned @sse2
      f3.0F5B cvttps2dq Vx,Wx aligned @sse2
      66.0FE6 cvttpd2dq Vx,Wx aligned @sse2
      f3.0FE6 cvtdq2pd Vx,Wq @sse2
      f2.0FE6 cvtpd2dq Vx,Wx aligned @sse2
      # arithmetic, logic, comparison
      np.0F51 sqrtps Vx,Wx aligned @sse
      66.0F51 sqrtpd Vx,Wx aligned @sse2
      f3.0F51 sqrtss Vd,Wd @sse
      f2.0F51 sqrtsd Vq,Wq @sse2
      np.0F58 addps Vx,Wx aligned @sse
      66.0F58 addpd Vx,Wx aligned @sse2
      f3.0F58 addss Vd,Wd @sse
      f2.0F58 addsd Vq,Wq @sse2
      np.0F59 mulps Vx,Wx aligned @sse
      66.0F59 mulpd Vx,Wx aligned @sse2
      f3.0F59 mulss Vd,Wd @sse
      f2.0F59 mulsd Vq,Wq @sse2
      np.0F5C subps Vx,Wx aligned @sse
      66.0F5C subpd Vx,Wx aligned @sse2
      f3.0F5C subss Vd,Wd @sse
      f2.0F5C subsd Vq,Wq @sse2
      np.0F5D minps Vx,Wx aligned @sse
      66.0F5D minpd Vx,Wx aligned @sse2
      f3.0F5D minss Vd,Wd @sse
      f2.0F5D minsd Vq,Wq @sse2
      np.0F5E divps Vx,Wx aligned @sse
      66.0F5E divpd Vx,Wx aligned @sse2
      f3.0F5E divss Vd,Wd @sse
      f2.0F5E divsd Vq,Wq @sse2
      np.0F5F maxps Vx,Wx aligned @sse
      66.0F5F maxpd Vx,Wx aligned @sse2
      f3.0F5F maxss Vd,Wd @sse
      f2.0F5F maxsd Vq,Wq @sse2
      np.0F52 rsqrtps Vx,Wx aligned @sse
      f3.0F52 rsqrtss Vd,Wd @sse
      np.0F53 rcpps Vx,Wx aligned @sse
      f3.0F53 rcpss Vd,Wd @sse
      np.0F54 andps Vx,Wx aligned @sse
      66.0F54 andpd Vx,Wx aligned @sse2
      np.0F55 andnps Vx,Wx aligned @sse
      66.0F55 andnpd Vx,Wx aligned @sse2
      np.0F56 orps Vx,Wx aligned @sse
      66.0F56 orpd Vx,Wx aligned @sse2
      np.0F57 xorps Vx,Wx aligned @sse
      66.0F57 xorpd Vx,Wx aligned @sse2
      np.0F2E ucomiss Vd,Wd @sse
      66.0F2E ucomisd Vq,Wq @sse2
      np.0F2F comiss Vd,Wd @sse
      66.0F2F comisd Vq,Wq @sse2
      np.0FC2 cmpps Vx,Wx,Ib aligned @sse
      66.0FC2 cmppd Vx,Wx,Ib aligned @sse2
      f3.0FC2 cmpss Vd,Wd,Ib @sse
      f2.0FC2 cmpsd Vq,Wq,Ib @sse2
      np.0FC6 shufps Vx,Wx,Ib aligned @sse
      66.0FC6 shufpd Vx,Wx,Ib aligned @sse2
      66.0F7C haddpd Vx,Wx aligned @pni
      f2.0F7C haddps Vx,Wx aligned @pni
      66.0F7D hsubpd Vx,Wx aligned @pni
      f2.0F7D hsubps Vx,Wx aligned @pni
      66.0FD0 addsubpd Vx,Wx aligned @pni
      f2.0FD0 addsubps Vx,Wx aligned @pni
      """;

  private SseRows() {}
}
