package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;

/**
 * Delivery of exceptions and interrupts through the interrupt table (SDM vol. 3 chapter 6): real
 * mode here, gates in {@link GateDelivery} and {@link LongDelivery}. {@link Cpu#rip} is what the
 * frame returns to; nothing but memory changes before the last thing that can fault.
 */
public final class Delivery {
  /** Who asks, as far as checks depend on it. */
  enum Origin {
    /** INT n: the gate's DPL counts, in virtual-8086 mode IOPL or the redirection map too. */
    SOFTWARE,
    /** INT3, INTO: the gate's DPL counts. */
    TRAP,
    /** INT1, exceptions, external interrupts. */
    HARDWARE;

    /** The EXT bit of error codes (section 6.13). */
    int ext() {
      return this == HARDWARE ? 1 : 0;
    }
  }

  /** The IDT bit of error codes. */
  static final int IDT = 2;

  /** Vectors whose exceptions make a double fault of another one (table 6-4). */
  private static final int CONTRIBUTORY =
      1 << GuestFault.DE
          | 1 << GuestFault.TS
          | 1 << GuestFault.NP
          | 1 << GuestFault.SS
          | 1 << GuestFault.GP;

  /** Exceptions that are faults when an instruction raises them: RF is set in their frames. */
  private static final int FAULTS =
      CONTRIBUTORY
          | 1 << GuestFault.DB
          | 1 << GuestFault.BR
          | 1 << GuestFault.UD
          | 1 << GuestFault.NM
          | 1 << GuestFault.PF
          | 1 << GuestFault.MF
          | 1 << GuestFault.AC
          | 1 << GuestFault.XM;

  private Delivery() {}

  /** An exception; escalates to a double fault and to {@link Events#SHUTDOWN}. */
  public static void exception(Cpu c, int vector, int errorCode) {
    exception(c, vector, errorCode, faultFlag(vector));
  }

  /**
   * #DB as a trap, or for an instruction breakpoint: the frame has RF as it is (SDM vol. 3 section
   * 18.3.1.1). DR6 is set already.
   */
  public static void debug(Cpu c) {
    exception(c, GuestFault.DB, GuestFault.NO_CODE, 0);
  }

  private static void noteAddress(Cpu c, int vector) {
    if (vector == GuestFault.PF) {
      c.cr2 = c.fault.address();
    }
  }

  private static int faultFlag(int vector) {
    return (FAULTS >>> vector & 1) != 0 ? Flags.RF : 0;
  }

  private static void exception(Cpu c, int vector, int errorCode, int firstFlag) {
    int v = vector;
    int code = errorCode;
    int flag = firstFlag;
    while (true) {
      noteAddress(c, v);
      if (v == GuestFault.DB) {
        DebugControl.entered(c);
      }
      try {
        enter(c, v, code, Origin.HARDWARE, Flags.get(c) | flag);
        return;
      } catch (GuestFault second) {
        noteAddress(c, second.vector()); // even where it ends in a double fault or a shutdown
        if (v == GuestFault.DF) {
          c.events.post(Events.SHUTDOWN);
          return;
        }
        int next = resolved(second);
        boolean twice = isDouble(v, next);
        v = twice ? GuestFault.DF : next;
        code = twice ? 0 : second.errorCode();
        flag = faultFlag(v);
      }
    }
  }

  /** An external interrupt or an NMI. */
  public static void interrupt(Cpu c, int vector) {
    try {
      enter(c, vector, GuestFault.NO_CODE, Origin.HARDWARE, Flags.get(c));
    } catch (GuestFault fault) {
      exception(c, resolved(fault), fault.errorCode());
    }
  }

  /**
   * INT n, within the instruction.
   *
   * @param next where the handler returns to
   */
  public static void software(Cpu c, int vector, long next) {
    c.rip = next;
    enter(c, vector, GuestFault.NO_CODE, Origin.SOFTWARE, Flags.get(c));
  }

  /** INT3 and INTO, within the instruction: no IOPL in virtual-8086 mode (SDM vol. 2, INT3). */
  public static void trap(Cpu c, int vector, long next) {
    c.rip = next;
    enter(c, vector, GuestFault.NO_CODE, Origin.TRAP, Flags.get(c));
  }

  /** INT1: like a software interrupt, but privileged and with EXT set. */
  public static void privilegedSoftware(Cpu c, long next) {
    c.rip = next;
    enter(c, GuestFault.DB, GuestFault.NO_CODE, Origin.HARDWARE, Flags.get(c));
  }

  /** The vector of a fault, a non-canonical address of a frame being a stack fault. */
  private static int resolved(GuestFault fault) {
    return fault.vector() == GuestFault.NON_CANONICAL ? GuestFault.SS : fault.vector();
  }

  private static boolean isDouble(int first, int second) {
    boolean secondContributes = (CONTRIBUTORY >>> second & 1) != 0;
    return first == GuestFault.PF
        ? secondContributes || second == GuestFault.PF
        : (CONTRIBUTORY >>> first & 1) != 0 && secondContributes;
  }

  /** What the interrupted instruction would have trapped for is forgotten once this succeeds. */
  private static void enter(Cpu c, int vector, int code, Origin origin, int flags) {
    enterByMode(c, vector, code, origin, flags);
    c.stepTrap = false;
    c.debugHits = 0;
  }

  private static void enterByMode(Cpu c, int vector, int code, Origin origin, int flags) {
    if (c.longMode()) {
      LongDelivery.enter(c, vector, code, origin, flags);
    } else if ((c.cr0 & Cpu.CR0_PE) == 0) {
      real(c, vector, flags);
    } else if (!virtualRedirected(c, vector, origin)) {
      GateDelivery.enter(c, vector, code, origin, flags);
    }
  }

  /**
   * INT n in virtual-8086 mode: with CR4.VME the TSS' redirection bitmap may send it to the 8086
   * program's own handler (section 20.3.3).
   */
  private static boolean virtualRedirected(Cpu c, int vector, Origin origin) {
    if (!c.in(Mode.VM86) || origin != Origin.SOFTWARE) {
      return false;
    }
    boolean trusted = (c.flags & Flags.IOPL) == Flags.IOPL;
    if ((c.cr4 & Cpu.CR4_VME) != 0) {
      Segment tss = c.segments[Cpu.TR];
      long map = (c.mmu.readSystem(tss.base + 102, 2) - 32 + (vector >> 3)) & 0xffff;
      boolean there = map <= (tss.limit & 0xffffffffL);
      if (there && (c.mmu.readSystem(tss.base + map, 1) >>> (vector & 7) & 1) == 0) {
        int flags = Flags.get(c);
        if (!trusted) {
          boolean enabled = (flags & Flags.VIF) != 0;
          flags = (enabled ? flags | Flags.IF : flags & ~Flags.IF) | Flags.IOPL;
        }
        real(c, vector, flags);
        return true;
      }
    }
    if (!trusted) {
      throw c.gp(0);
    }
    return false;
  }

  private static void real(Cpu c, int vector, int flags) {
    boolean virtual = c.in(Mode.VM86);
    if (!virtual && vector * 4 + 3 > c.idtLimit) {
      throw c.gp(vector * 8 + IDT);
    }
    long entry = c.mmu.readSystem((virtual ? 0 : c.idtBase) + vector * 4L, 4);
    StackFrame frame = StackFrame.current(c, 2, 0);
    frame.push(flags);
    frame.push(c.segments[Cpu.CS].selector);
    frame.push(c.rip);
    frame.finish();
    SegmentLoads.loadReal(c, Cpu.CS, (int) entry >>> 16);
    c.rip = entry & 0xffff;
    boolean virtualIf = virtual && (c.flags & Flags.IOPL) != Flags.IOPL;
    c.flags &= ~(Flags.TF | Flags.AC | Flags.RF | (virtualIf ? Flags.VIF : Flags.IF));
    c.contextChanged();
  }
}
