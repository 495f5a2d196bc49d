package org.jvmm.softcpu.isa;

/** MMX and SSE integer instructions (SDM vol. 2 table A-3); the format is {@link OpSpec}'s. */
final class SseIntegerRows {
  static final String TEXT =
      """
      # moves
      np.0F6E movd Pq,Ey @mmx
      66.0F6E movd Vx,Ey @sse2
      np.0F7E movd Ey,Pq @mmx
      66.0F7E movd Ey,Vx @sse2
      np.0F6F movq Pq,Qq @mmx
      np.0F7F movq Qq,Pq @mmx
      f3.0F7E movq Vq,Wq @sse2
      66.0FD6 movq Wq,Vq @sse2
      66.0F6F movdqa Vx,Wx aligned @sse2
      66.0F7F movdqa Wx,Vx aligned @sse2
      f3.0F6F movdqu Vx,Wx @sse2
      f3.0F7F movdqu Wx,Vx @sse2
      f2.0FF0:m lddqu Vx,Mx @pni
      f3.0FD6 movq2dq Vq,Nq @sse2
      f2.0FD6 movdq2q Pq,Uq @sse2
      np.0FE7:m movntq Mq,Pq @sse
      66.0FE7:m movntdq Mx,Vx aligned @sse2
      np.0FF7 maskmovq Pq,Nq @sse
      66.0FF7 maskmovdqu Vx,Ux @sse2
      np.0FD7 pmovmskb Gy,Nq @sse
      66.0FD7 pmovmskb Gy,Ux @sse2
      np.0FC4 pinsrw Pq,Ew,Ib @sse
      66.0FC4 pinsrw Vx,Ew,Ib @sse2
      np.0FC5 pextrw Gy,Nq,Ib @sse
      66.0FC5 pextrw Gy,Ux,Ib @sse2
      np.0F77 emms - @mmx
      # MMX and SSE2 pairs
      np.0F60 punpcklbw Pq,Qq @mmx
      66.0F60 punpcklbw Vx,Wx aligned @sse2
      np.0F61 punpcklwd Pq,Qq @mmx
      66.0F61 punpcklwd Vx,Wx aligned @sse2
      np.0F62 punpckldq Pq,Qq @mmx
      66.0F62 punpckldq Vx,Wx aligned @sse2
      np.0F63 packsswb Pq,Qq @mmx
      66.0F63 packsswb Vx,Wx aligned @sse2
      np.0F64 pcmpgtb Pq,Qq @mmx
      66.0F64 pcmpgtb Vx,Wx aligned @sse2
      np.0F65 pcmpgtw Pq,Qq @mmx
      66.0F65 pcmpgtw Vx,Wx aligned @sse2
      np.0F66 pcmpgtd Pq,Qq @mmx
      66.0F66 pcmpgtd Vx,Wx aligned @sse2
      np.0F67 packuswb Pq,Qq @mmx
      66.0F67 packuswb Vx,Wx aligned @sse2
      np.0F68 punpckhbw Pq,Qq @mmx
      66.0F68 punpckhbw Vx,Wx aligned @sse2
      np.0F69 punpckhwd Pq,Qq @mmx
      66.0F69 punpckhwd Vx,Wx aligned @sse2
      np.0F6A punpckhdq Pq,Qq @mmx
      66.0F6A punpckhdq Vx,Wx aligned @sse2
      np.0F6B packssdw Pq,Qq @mmx
      66.0F6B packssdw Vx,Wx aligned @sse2
      np.0F74 pcmpeqb Pq,Qq @mmx
      66.0F74 pcmpeqb Vx,Wx aligned @sse2
      np.0F75 pcmpeqw Pq,Qq @mmx
      66.0F75 pcmpeqw Vx,Wx aligned @sse2
      np.0F76 pcmpeqd Pq,Qq @mmx
      66.0F76 pcmpeqd Vx,Wx aligned @sse2
      np.0FD1 psrlw Pq,Qq @mmx
      66.0FD1 psrlw Vx,Wx aligned @sse2
      np.0FD2 psrld Pq,Qq @mmx
      66.0FD2 psrld Vx,Wx aligned @sse2
      np.0FD3 psrlq Pq,Qq @mmx
      66.0FD3 psrlq Vx,Wx aligned @sse2
      np.0FD5 pmullw Pq,Qq @mmx
      66.0FD5 pmullw Vx,Wx aligned @sse2
      np.0FD8 psubusb Pq,Qq @mmx
      66.0FD8 psubusb Vx,Wx aligned @sse2
      np.0FD9 psubusw Pq,Qq @mmx
      66.0FD9 psubusw Vx,Wx aligned @sse2
      np.0FDB pand Pq,Qq @mmx
      66.0FDB pand Vx,Wx aligned @sse2
      np.0FDC paddusb Pq,Qq @mmx
      66.0FDC paddusb Vx,Wx aligned @sse2
      np.0FDD paddusw Pq,Qq @mmx
      66.0FDD paddusw Vx,Wx aligned @sse2
      np.0FDF pandn Pq,Qq @mmx
      66.0FDF pandn Vx,Wx aligned @sse2
      np.0FE1 psraw Pq,Qq @mmx
      66.0FE1 psraw Vx,Wx aligned @sse2
      np.0FE2 psrad Pq,Qq @mmx
      66.0FE2 psrad Vx,Wx aligned @sse2
      np.0FE5 pmulhw Pq,Qq @mmx
      66.0FE5 pmulhw Vx,Wx aligned @sse2
      np.0FE8 psubsb Pq,Qq @mmx
      66.0FE8 psubsb Vx,Wx aligned @sse2
      np.0FE9 psubsw Pq,Qq @mmx
      66.0FE9 psubsw Vx,Wx aligned @sse2
      np.0FEB por Pq,Qq @mmx
      66.0FEB por Vx,Wx aligned @sse2
      np.0FEC paddsb Pq,Qq @mmx
      66.0FEC paddsb Vx,Wx aligned @sse2
      np.0FED paddsw Pq,Qq @mmx
      66.0FED paddsw Vx,Wx aligned @sse2
      np.0FEF pxor Pq,Qq @mmx
      66.0FEF pxor Vx,Wx aligned @sse2
      np.0FF1 psllw Pq,Qq @mmx
      66.0FF1 psllw Vx,Wx aligned @sse2
      np.0FF2 pslld Pq,Qq @mmx
      66.0FF2 pslld Vx,Wx aligned @sse2
      np.0FF3 psllq Pq,Qq @mmx
      66.0FF3 psllq Vx,Wx aligned @sse2
      np.0FF5 pmaddwd Pq,Qq @mmx
      66.0FF5 pmaddwd Vx,Wx aligned @sse2
      np.0FF8 psubb Pq,Qq @mmx
      66.0FF8 psubb Vx,Wx aligned @sse2
      np.0FF9 psubw Pq,Qq @mmx
      66.0FF9 psubw Vx,Wx aligned @sse2
      np.0FFA psubd Pq,Qq @mmx
      66.0FFA psubd Vx,Wx aligned @sse2
      np.0FFC paddb Pq,Qq @mmx
      66.0FFC paddb Vx,Wx aligned @sse2
      np.0FFD paddw Pq,Qq @mmx
      66.0FFD paddw Vx,Wx aligned @sse2
      np.0FFE paddd Pq,Qq @mmx
      66.0FFE paddd Vx,Wx aligned @sse2
      np.0FDA pminub Pq,Qq @sse
      66.0FDA pminub Vx,Wx aligned @sse2
      np.0FDE pmaxub Pq,Qq @sse
      66.0FDE pmaxub Vx,Wx aligned @sse2
      np.0FE0 pavgb Pq,Qq @sse
      66.0FE0 pavgb Vx,Wx aligned @sse2
      np.0FE3 pavgw Pq,Qq @sse
      66.0FE3 pavgw Vx,Wx aligned @sse2
      np.0FE4 pmulhuw Pq,Qq @sse
      66.0FE4 pmulhuw Vx,Wx aligned @sse2
      np.0FEA pminsw Pq,Qq @sse
      66.0FEA pminsw Vx,Wx aligned @sse2
      np.0FEE pmaxsw Pq,Qq @sse
      66.0FEE pmaxsw Vx,Wx aligned @sse2
      np.0FF6 psadbw Pq,Qq @sse
      66.0FF6 psadbw Vx,Wx aligned @sse2
      np.0FD4 paddq Pq,Qq @sse2
      66.0FD4 paddq Vx,Wx aligned @sse2
      np.0FF4 pmuludq Pq,Qq @sse2
      66.0FF4 pmuludq Vx,Wx aligned @sse2
      np.0FFB psubq Pq,Qq @sse2
      66.0FFB psubq Vx,Wx aligned @sse2
      66.0F6C punpcklqdq Vx,Wx aligned @sse2
      66.0F6D punpckhqdq Vx,Wx aligned @sse2
      np.0F70 pshufw Pq,Qq,Ib @sse
      66.0F70 pshufd Vx,Wx,Ib aligned @sse2
      f3.0F70 pshufhw Vx,Wx,Ib aligned @sse2
      f2.0F70 pshuflw Vx,Wx,Ib aligned @sse2
      np.0F71/2 psrlw Nq,Ib @mmx
      66.0F71/2 psrlw Ux,Ib @sse2
      np.0F71/4 psraw Nq,Ib @mmx
      66.0F71/4 psraw Ux,Ib @sse2
      np.0F71/6 psllw Nq,Ib @mmx
      66.0F71/6 psllw Ux,Ib @sse2
      np.0F72/2 psrld Nq,Ib @mmx
      66.0F72/2 psrld Ux,Ib @sse2
      np.0F72/4 psrad Nq,Ib @mmx
      66.0F72/4 psrad Ux,Ib @sse2
      np.0F72/6 pslld Nq,Ib @mmx
      66.0F72/6 pslld Ux,Ib @sse2
      np.0F73/2 psrlq Nq,Ib @mmx
      66.0F73/2 psrlq Ux,Ib @sse2
      np.0F73/6 psllq Nq,Ib @mmx
      66.0F73/6 psllq Ux,Ib @sse2
      66.0F73/3 psrldq Ux,Ib @sse2
      66.0F73/7 pslldq Ux,Ib @sse2
      """;

  private SseIntegerRows() {}
}
