package org.jvmm.softcpu.exec;

import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.sys.Delivery;
import org.jvmm.softcpu.sys.FarTransfers;
import org.jvmm.softcpu.sys.FastCalls;
import org.jvmm.softcpu.sys.Returns;
import org.jvmm.softcpu.sys.SegmentLoads;

/** What transfers control between segments and privilege levels; HLT, CLI, STI. */
final class FarBranches implements Family {
  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "jmpf" -> Binder.of((c, in) -> FarTransfers.jump(c, selector(c, in), offset(c, in)));
      case "callf" -> Binder.of(FarBranches::call);
      case "retf" -> Binder.of((c, in) -> Returns.far(c, in.operandSize, (int) in.imm));
      case "iret" -> Binder.of((c, in) -> Returns.interrupt(c, in.operandSize));
      case "int" -> Binder.of((c, in) -> Delivery.software(c, (int) in.imm & 0xff, c.next(in)));
      case "int3" -> Binder.of(FarBranches::breakpoint);
      case "int1" -> Binder.of((c, in) -> Delivery.privilegedSoftware(c, c.next(in)));
      case "into" -> Binder.of(FarBranches::into);
      case "bound" -> Binder.of(FarBranches::bound);
      case "les" -> Binder.of((c, in) -> loadPointer(c, in, Cpu.ES));
      case "lds" -> Binder.of((c, in) -> loadPointer(c, in, Cpu.DS));
      case "lss" -> Binder.of((c, in) -> loadPointer(c, in, Cpu.SS));
      case "lfs" -> Binder.of((c, in) -> loadPointer(c, in, Cpu.FS));
      case "lgs" -> Binder.of((c, in) -> loadPointer(c, in, Cpu.GS));
      case "syscall" -> Binder.of((c, in) -> FastCalls.syscall(c, c.next(in)));
      case "sysret" -> Binder.of((c, in) -> FastCalls.sysret(c, in.operandSize == 8));
      case "sysenter" -> Binder.of((c, in) -> FastCalls.sysenter(c));
      case "sysexit" -> Binder.of((c, in) -> FastCalls.sysexit(c, in.operandSize == 8));
      case "cli" -> Binder.of(FarBranches::cli);
      case "sti" -> Binder.of(FarBranches::sti);
      case "hlt" -> Binder.of(FarBranches::halt);
      default -> null;
    };
  }

  private static long offset(Cpu c, Insn in) {
    return in.kind(0) == Insn.FAR
        ? in.imm
        : c.mmu.read(c.address(in, in.operandSize + 2), in.operandSize);
  }

  private static int selector(Cpu c, Insn in) {
    return in.kind(0) == Insn.FAR ? in.imm2 : selectorInMemory(c, in);
  }

  private static int selectorInMemory(Cpu c, Insn in) {
    return (int) c.mmu.read(c.address(in, in.operandSize + 2) + in.operandSize, 2);
  }

  private static void call(Cpu c, Insn in) {
    long offset = offset(c, in);
    FarTransfers.call(c, selector(c, in), offset, in.operandSize, c.next(in));
  }

  private static void loadPointer(Cpu c, Insn in, int segment) {
    long offset = c.mmu.read(c.address(in, in.operandSize + 2), in.operandSize);
    SegmentLoads.load(c, segment, selectorInMemory(c, in));
    c.set(in.dst, in.operandSize, offset);
  }

  private static void breakpoint(Cpu c, Insn in) {
    if (c.debug.softwareBreakpoints) {
      throw c.io.reportDebug(GuestFault.BP, c.codeBase + c.gpr[Insn.RIP] + in.offset, 0);
    }
    Delivery.trap(c, GuestFault.BP, c.next(in));
  }

  private static void into(Cpu c, Insn in) {
    if (Flags.overflow(c)) {
      Delivery.trap(c, GuestFault.OF, c.next(in));
    }
  }

  private static void bound(Cpu c, Insn in) {
    int width = in.operandSize;
    long at = c.address(in, 2 * width);
    long index = Flags.signed(c.gpr[in.dst], width);
    long low = Flags.signed(c.mmu.read(at, width), width);
    long high = Flags.signed(c.mmu.read(at + width, width), width);
    if (index < low || index > high) {
      throw c.fault.of(GuestFault.BR);
    }
  }

  /** Whether CLI and STI work on VIF (SDM vol. 2, table of CLI); #GP(0) where they may not. */
  private static boolean virtual(Cpu c) {
    if (!c.in(Mode.PROTECTED | Mode.VM86) || c.cpl <= (c.flags & Flags.IOPL) >> 12) {
      return false;
    }
    int extension = c.in(Mode.VM86) ? Cpu.CR4_VME : Cpu.CR4_PVI;
    if ((c.cr4 & extension) == 0 || c.cpl != 3) {
      throw c.gp(0);
    }
    return true;
  }

  private static void cli(Cpu c, Insn in) {
    c.flags &= virtual(c) ? ~Flags.VIF : ~Flags.IF;
  }

  private static void sti(Cpu c, Insn in) {
    if (virtual(c)) {
      if ((c.flags & Flags.VIP) != 0) {
        throw c.gp(0);
      }
      c.flags |= Flags.VIF;
    } else if ((c.flags & Flags.IF) == 0) {
      c.flags |= Flags.IF;
      c.shadow |= CpuState.SHADOW_STI;
      c.events.post(Events.STEP);
      c.interruptsAllowed();
    }
  }

  private static void halt(Cpu c, Insn in) {
    c.activity = Activity.HALTED;
    c.events.post(Events.IDLE);
  }
}
