package org.jvmm.softcpu.sys;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Mode;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT and SWAPGS (SDM vol. 2; the Intel forms). */
public final class FastCalls {
  private static final int RCX = 1, RDX = 2, RSP = 4, R11 = 11;
  private static final int CODE = 0xb, DATA = 3;
  private static final int SYSRET_FLAGS = 0x3c7fd7;

  private FastCalls() {}

  private static void flat(Cpu c, int codeSelector, int stackSelector, int cpl, int size) {
    SystemSegments.flat(c, Cpu.CS, codeSelector, CODE | cpl << 5 | size);
    SystemSegments.flat(c, Cpu.SS, stackSelector, DATA | cpl << 5 | Segmentation.DB);
    c.cpl = cpl;
    c.contextChanged();
  }

  /** SYSCALL; {@code next} is where it returns to. */
  public static void syscall(Cpu c, long next) {
    if ((c.efer & Cpu.EFER_SCE) == 0) {
      throw c.ud();
    }
    c.gpr[RCX] = next;
    int flags = Flags.get(c);
    c.gpr[R11] = flags & ~Flags.RF;
    c.rip = c.msrs.lstar;
    Flags.set(c, flags & ~((int) c.msrs.sfmask | Flags.RF));
    stepBehind(c);
    int selector = (int) (c.msrs.star >>> 32) & 0xfffc;
    flat(c, selector, selector + 8, 0, Segmentation.L);
  }

  /** SYSRET, to 64-bit or to compatibility mode. */
  public static void sysret(Cpu c, boolean wide) {
    if ((c.efer & Cpu.EFER_SCE) == 0) {
      throw c.ud();
    }
    if (wide && !c.mmu.canonical(c.gpr[RCX])) {
      throw c.gp(0);
    }
    c.rip = wide ? c.gpr[RCX] : c.gpr[RCX] & 0xffffffffL;
    Flags.set(c, (int) c.gpr[R11] & SYSRET_FLAGS);
    stepBehind(c);
    int selector = (int) (c.msrs.star >>> 48);
    int code = selector + (wide ? 16 : 0) | 3;
    flat(c, code, selector + 8 | 3, 3, wide ? Segmentation.L : Segmentation.DB);
  }

  /**
   * SYSCALL and SYSRET trap by the TF that they leave, so that the system call looks like one
   * instruction.
   */
  private static void stepBehind(Cpu c) {
    c.stepTrap = (c.flags & Flags.TF) != 0;
  }

  /** SYSENTER. */
  public static void sysenter(Cpu c) {
    int selector = c.msrs.sysenterCs & 0xfffc;
    if (selector == 0 || (c.cr0 & Cpu.CR0_PE) == 0) {
      throw c.gp(0);
    }
    c.flags &= ~(Flags.VM | Flags.IF | Flags.RF);
    boolean wide = c.longMode();
    c.gpr[RSP] = wide ? c.msrs.sysenterEsp : c.msrs.sysenterEsp & 0xffffffffL;
    c.rip = wide ? c.msrs.sysenterEip : c.msrs.sysenterEip & 0xffffffffL;
    flat(c, selector, selector + 8, 0, wide ? Segmentation.L : Segmentation.DB);
  }

  /** SYSEXIT, to 64-bit mode with REX.W. */
  public static void sysexit(Cpu c, boolean wide) {
    int selector = c.msrs.sysenterCs & 0xfffc;
    boolean real = (c.cr0 & Cpu.CR0_PE) == 0;
    if (real
        || selector == 0
        || wide && !(c.mmu.canonical(c.gpr[RCX]) && c.mmu.canonical(c.gpr[RDX]))) {
      throw c.gp(0);
    }
    long mask = wide ? -1 : 0xffffffffL;
    c.gpr[RSP] = c.gpr[RCX] & mask;
    c.rip = c.gpr[RDX] & mask;
    int code = selector + (wide ? 32 : 16) | 3;
    flat(c, code, code + 8, 3, wide ? Segmentation.L : Segmentation.DB);
  }

  /** SWAPGS. */
  public static void swapGs(Cpu c) {
    long base = c.segments[Cpu.GS].base;
    c.segments[Cpu.GS].base = c.msrs.kernelGsBase;
    c.msrs.kernelGsBase = base;
  }

  /** RDFSBASE and its kin are #UD unless the guest's kernel allows them. */
  public static void checkBaseAccess(Cpu c) {
    if ((c.cr4 & Cpu.CR4_FSGSBASE) == 0 || !c.in(Mode.CODE64)) {
      throw c.ud();
    }
  }
}
