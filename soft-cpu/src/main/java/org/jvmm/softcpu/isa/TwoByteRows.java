package org.jvmm.softcpu.isa;

/**
 * The general and system instructions behind 0FH, and the few of map 0F38H (SDM vol. 2 tables A-3
 * and A-4); the format is {@link OpSpec}'s.
 */
final class TwoByteRows {
  static final String TEXT =
      """
      0F00/0 sldt Ev prot
      0F00/1 str Ev prot
      0F00/2 lldt Ew prot priv
      0F00/3 ltr Ew prot priv
      0F00/4 verr Ew prot
      0F00/5 verw Ew prot
      0F01/0:m sgdt Ms
      0F01/1:m sidt Ms
      0F01/2:m lgdt Ms priv
      0F01/3:m lidt Ms priv end
      0F01/4 smsw Ev
      0F01/6 lmsw Ew priv end
      0F01/7:m invlpg Mn priv end addr
      0F01=C8 monitor -
      0F01=C9 mwait - end
      0F01=CA clac - @smap end
      0F01=CB stac - @smap end
      0F01=D0 xgetbv - @xsave
      0F01=D1 xsetbv - @xsave priv end
      0F01=F8 swapgs - o64 priv
      0F01=F9 rdtscp - @rdtscp
      0F02 lar Gv,Ew prot
      0F03 lsl Gv,Ew prot
      0F05 syscall - o64 end
      0F06 clts - priv end
      0F07 sysret - o64 priv end
      0F08 invd - priv
      0F09 wbinvd - priv
      0F0B ud2 - end
      0F0D prefetchw Ev addr
      0F18 prefetch Ev addr
      0F19 nop Ev addr
      0F1A nop Ev addr
      0F1B nop Ev addr
      0F1C nop Ev addr
      0F1D nop Ev addr
      0F1E nop Ev addr
      0F1F nop Ev addr
      0F20 mov Rq,Cq priv end
      0F21 mov Rq,Dq priv
      0F22 mov Cq,Rq priv end
      0F23 mov Dq,Rq priv end
      0F30 wrmsr - priv end
      0F31 rdtsc -
      0F32 rdmsr - priv
      0F33 rdpmc -
      0F34 sysenter - @sep end
      0F35 sysexit - @sep priv end
      0F40+cc cmov Gv,Ev
      0F80+cc j Jz f64 end
      0F90+cc set Eb
      0FA0 push FS d64
      0FA1 pop FS d64 end
      0FA2 cpuid -
      0FA3 bt Ev,Gv u=osap
      0FA4 shld Ev,Gv,Ib u=oac
      0FA5 shld Ev,Gv,CL u=oac
      0FA8 push GS d64
      0FA9 pop GS d64 end
      0FAB bts Ev,Gv lock u=osap
      0FAC shrd Ev,Gv,Ib u=oac
      0FAD shrd Ev,Gv,CL u=oac
      np.0FAE/0:m fxsave Mn
      np.0FAE/1:m fxrstor Mn
      np.0FAE/2:m ldmxcsr Md
      np.0FAE/3:m stmxcsr Md
      np.0FAE/4:m xsave Mn @xsave
      np.0FAE/5:m xrstor Mn @xsave
      np.0FAE/6:m xsaveopt Mn @xsaveopt
      np.0FAE/7:m clflush Mb addr
      66.0FAE/7:m clflushopt Mb addr @clflushopt
      66.0FAE/6:m clwb Mb addr @clwb
      f3.0FAE/0:r rdfsbase Ry o64 @fsgsbase
      f3.0FAE/1:r rdgsbase Ry o64 @fsgsbase
      f3.0FAE/2:r wrfsbase Ry o64 @fsgsbase
      f3.0FAE/3:r wrgsbase Ry o64 @fsgsbase
      np.0FAE/5:r lfence -
      np.0FAE/6:r mfence -
      np.0FAE/7:r sfence -
      0FAF imul Gv,Ev u=szap
      0FB0 cmpxchg Eb,Gb lock
      0FB1 cmpxchg Ev,Gv lock
      0FB2:m lss Gv,Mp end
      0FB3 btr Ev,Gv lock u=osap
      0FB4:m lfs Gv,Mp end
      0FB5:m lgs Gv,Mp end
      0FB6 movzx Gv,Eb
      0FB7 movzx Gv,Ew
      f3.0FB8 popcnt Gv,Ev @popcnt
      0FB9 ud1 Gv,Ev addr end
      0FBA/4 bt Ev,Ib u=osap
      0FBA/5 bts Ev,Ib u=osap lock
      0FBA/6 btr Ev,Ib u=osap lock
      0FBA/7 btc Ev,Ib u=osap lock
      0FBB btc Ev,Gv lock u=osap
      f3.0FBC tzcnt Gv,Ev @bmi1 u=osap
      0FBC bsf Gv,Ev u=osapc
      f3.0FBD lzcnt Gv,Ev @abm u=osap
      0FBD bsr Gv,Ev u=osapc
      0FBE movsx Gv,Eb
      0FBF movsx Gv,Ew
      0FC0 xadd Eb,Gb lock
      0FC1 xadd Ev,Gv lock
      np.0FC3:m movnti My,Gy
      0FC7/1:m cmpxchg8b Mn lock
      np.0FC7/4:m xsavec Mn @xsavec
      f3.0FC7/7:r rdpid Rq @rdpid
      0FC7/6:r rdrand Rv @rdrand
      0FC7/7:r rdseed Rv @rdseed
      0FC8+ bswap Zv
      0FFF ud0 Gv,Ev addr end
      66.0F3882:m invpcid Gq,Mx priv end @invpcid
      f2.0F38F0 crc32 Gy,Eb @sse4_2
      f2.0F38F1 crc32 Gy,Ev @sse4_2
      0F38F0:m movbe Gv,Mv @movbe
      0F38F1:m movbe Mv,Gv @movbe
      """;

  private TwoByteRows() {}
}
