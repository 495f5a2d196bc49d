package org.jvmm.softcpu.isa;

/**
 * SSSE3, SSE4, AES and PCLMULQDQ: maps 0F38H and 0F3AH (SDM vol. 2 tables ); the format
 * is {@link OpSpec}'s.
 */
final class ExtendedRows {
  static final String TEXT =
      """
      # SSSE3
      np.0F3800 pshufb Pq,Qq @ssse3
      66.0F3800 pshufb Vx,Wx aligned @ssse3
      np.0F3801 phaddw Pq,Qq @ssse3
      66.0F3801 phaddw Vx,Wx aligned @ssse3
      np.0F3802 phaddd Pq,Qq @ssse3
      66.0F3802 phaddd Vx,Wx aligned @ssse3
      np.0F3803 phaddsw Pq,Qq @ssse3
      66.0F3803 phaddsw Vx,Wx aligned @ssse3
      np.0F3804 pmaddubsw Pq,Qq @ssse3
      66.0F3804 pmaddubsw Vx,Wx aligned @ssse3
      np.0F3805 phsubw Pq,Qq @ssse3
      66.0F3805 phsubw Vx,Wx aligned @ssse3
      np.0F3806 phsubd Pq,Qq @ssse3
      66.0F3806 phsubd Vx,Wx aligned @ssse3
      np.0F3807 phsubsw Pq,Qq @ssse3
      66.0F3807 phsubsw Vx,Wx aligned @ssse3
      np.0F3808 psignb Pq,Qq @ssse3
      66.0F3808 psignb Vx,Wx aligned @ssse3
      np.0F3809 psignw Pq,Qq @ssse3
      66.0F3809 psignw Vx,Wx aligned @ssse3
      np.0F380A psignd Pq,Qq @ssse3
      66.0F380A psignd Vx,Wx aligned @ssse3
      np.0F380B pmulhrsw Pq,Qq @ssse3
      66.0F380B pmulhrsw Vx,Wx aligned @ssse3
      np.0F381C pabsb Pq,Qq @ssse3
      66.0F381C pabsb Vx,Wx aligned @ssse3
      np.0F381D pabsw Pq,Qq @ssse3
      66.0F381D pabsw Vx,Wx aligned @ssse3
      np.0F381E pabsd Pq,Qq @ssse3
      66.0F381E pabsd Vx,Wx aligned @ssse3
      np.0F3A0F palignr Pq,Qq,Ib @ssse3
      66.0F3A0F palignr Vx,Wx,Ib aligned @ssse3
      # SSE4.1
      66.0F3810 pblendvb Vx,Wx aligned @sse4_1
      66.0F3814 blendvps Vx,Wx aligned @sse4_1
      66.0F3815 blendvpd Vx,Wx aligned @sse4_1
      66.0F3817 ptest Vx,Wx aligned @sse4_1
      66.0F3820 pmovsxbw Vx,Wq @sse4_1
      66.0F3821 pmovsxbd Vx,Wd @sse4_1
      66.0F3822 pmovsxbq Vx,Ww @sse4_1
      66.0F3823 pmovsxwd Vx,Wq @sse4_1
      66.0F3824 pmovsxwq Vx,Wd @sse4_1
      66.0F3825 pmovsxdq Vx,Wq @sse4_1
      66.0F3830 pmovzxbw Vx,Wq @sse4_1
      66.0F3831 pmovzxbd Vx,Wd @sse4_1
      66.0F3832 pmovzxbq Vx,Ww @sse4_1
      66.0F3833 pmovzxwd Vx,Wq @sse4_1
      66.0F3834 pmovzxwq Vx,Wd @sse4_1
      66.0F3835 pmovzxdq Vx,Wq @sse4_1
      66.0F3828 pmuldq Vx,Wx aligned @sse4_1
      66.0F3829 pcmpeqq Vx,Wx aligned @sse4_1
      66.0F382B packusdw Vx,Wx aligned @sse4_1
      66.0F3838 pminsb Vx,Wx aligned @sse4_1
      66.0F3839 pminsd Vx,Wx aligned @sse4_1
      66.0F383A pminuw Vx,Wx aligned @sse4_1
      66.0F383B pminud Vx,Wx aligned @sse4_1
      66.0F383C pmaxsb Vx,Wx aligned @sse4_1
      66.0F383D pmaxsd Vx,Wx aligned @sse4_1
      66.0F383E pmaxuw Vx,Wx aligned @sse4_1
      66.0F383F pmaxud Vx,Wx aligned @sse4_1
      66.0F3840 pmulld Vx,Wx aligned @sse4_1
      66.0F3841 phminposuw Vx,Wx aligned @sse4_1
      66.0F382A:m movntdqa Vx,Mx aligned @sse4_1
      66.0F3A08 roundps Vx,Wx,Ib aligned @sse4_1
      66.0F3A09 roundpd Vx,Wx,Ib aligned @sse4_1
      66.0F3A0A roundss Vd,Wd,Ib @sse4_1
      66.0F3A0B roundsd Vq,Wq,Ib @sse4_1
      66.0F3A0C blendps Vx,Wx,Ib aligned @sse4_1
      66.0F3A0D blendpd Vx,Wx,Ib aligned @sse4_1
      66.0F3A0E pblendw Vx,Wx,Ib aligned @sse4_1
      66.0F3A40 dpps Vx,Wx,Ib aligned @sse4_1
      66.0F3A41 dppd Vx,Wx,Ib aligned @sse4_1
      66.0F3A42 mpsadbw Vx,Wx,Ib aligned @sse4_1
      66.0F3A14:m pextrb Mb,Vx,Ib @sse4_1
      66.0F3A14:r pextrb Ry,Vx,Ib @sse4_1
      66.0F3A15:m pextrw Mw,Vx,Ib @sse4_1
      66.0F3A15:r pextrw Ry,Vx,Ib @sse4_1
      66.0F3A16 pextrd Ey,Vx,Ib @sse4_1
      66.0F3A17:m extractps Md,Vx,Ib @sse4_1
      66.0F3A17:r extractps Ry,Vx,Ib @sse4_1
      66.0F3A20:m pinsrb Vx,Mb,Ib @sse4_1
      66.0F3A20:r pinsrb Vx,Ry,Ib @sse4_1
      66.0F3A21 insertps Vx,Wd,Ib @sse4_1
      66.0F3A22 pinsrd Vx,Ey,Ib @sse4_1
      # SSE4.2
      66.0F3837 pcmpgtq Vx,Wx aligned @sse4_2
      66.0F3A60 pcmpestrm Vx,Wx,Ib @sse4_2
      66.0F3A61 pcmpestri Vx,Wx,Ib @sse4_2
      66.0F3A62 pcmpistrm Vx,Wx,Ib @sse4_2
      66.0F3A63 pcmpistri Vx,Wx,Ib @sse4_2
      # AES, PCLMULQDQ, SHA
      66.0F38DB aesimc Vx,Wx aligned @aes
      66.0F38DC aesenc Vx,Wx aligned @aes
      66.0F38DD aesenclast Vx,Wx aligned @aes
      66.0F38DE aesdec Vx,Wx aligned @aes
      66.0F38DF aesdeclast Vx,Wx aligned @aes
      66.0F3ADF aeskeygenassist Vx,Wx,Ib aligned @aes
      66.0F3A44 pclmulqdq Vx,Wx,Ib aligned @pclmulqdq
      np.0F38C8 sha1nexte Vx,Wx aligned @sha_ni
      np.0F38C9 sha1msg1 Vx,Wx aligned @sha_ni
      np.0F38CA sha1msg2 Vx,Wx aligned @sha_ni
      np.0F38CB sha256rnds2 Vx,Wx aligned @sha_ni
      np.0F38CC sha256msg1 Vx,Wx aligned @sha_ni
      np.0F38CD sha256msg2 Vx,Wx aligned @sha_ni
      np.0F3ACC sha1rnds4 Vx,Wx,Ib aligned @sha_ni
      """;

  private ExtendedRows() {}
}
