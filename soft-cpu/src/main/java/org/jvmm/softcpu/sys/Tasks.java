package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;

/**
 * Task switches (SDM vol. 3 section 7.3), outside IA-32e mode. Up to the commit a fault belongs to
 * the old task, and nothing but its TSS has changed; from there on it belongs to the new one.
 */
final class Tasks {
  private enum Cause {
    JUMP,
    CALL,
    RETURN
  }

  /**
   * Where a TSS has its fields (figures 7-2 and 7-10).
   *
   * @param width bytes of a register
   * @param segments how many segment registers there are: the first of ES, CS, SS, DS, FS, GS
   * @param leastLimit the least limit that holds all
   */
  private record Layout(
      int width, int ip, int flags, int gpr, int selectors, int segments, int ldt, int leastLimit) {
    static final Layout NARROW = new Layout(2, 14, 16, 18, 34, 4, 42, 0x2b);
    static final Layout WIDE = new Layout(4, 32, 36, 40, 72, 6, 96, 0x67);

    static Layout of(int type) {
      return (type & 8) != 0 ? WIDE : NARROW;
    }
  }

  /** Offsets that the 32-bit TSS alone has. */
  private static final int CR3 = 28, TRAP = 100;

  private static final long BUSY = 2L << 40;

  /** The local enables of DR7. */
  private static final long LOCAL_ENABLES = 0x155;

  private static final int[] ORDER = {Cpu.CS, Cpu.SS, Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};

  private Tasks() {}

  static void jump(Cpu c, int selector) {
    byInstruction(c, selector, Cause.JUMP, c.rip, Flags.get(c));
  }

  static void call(Cpu c, int selector, long next) {
    byInstruction(c, selector, Cause.CALL, next, Flags.get(c));
  }

  /** IRET with NT. */
  static void returnToPrevious(Cpu c) {
    int selector = (int) c.mmu.readSystem(c.segments[Cpu.TR].base, 2);
    byInstruction(c, selector, Cause.RETURN, c.rip, Flags.get(c) & ~Flags.NT);
  }

  private static void byInstruction(Cpu c, int selector, Cause cause, long rip, int flags) {
    boolean trap;
    Incoming task = commit(c, selector, cause, rip, flags, 0);
    try {
      trap = task.enter(c, cause == Cause.CALL);
    } catch (GuestFault fault) {
      Delivery.exception(c, fault.vector(), fault.errorCode());
      return;
    }
    debugTrap(c, trap);
  }

  /**
   * A task gate in the interrupt table.
   *
   * @param errorCode what the new task finds on its stack, or {@link GuestFault#NO_CODE}
   * @param ext the EXT bit of error codes, clear for INT n
   */
  static void interrupt(Cpu c, int selector, int errorCode, int ext, int flags) {
    boolean trap;
    Incoming task = commit(c, selector, Cause.CALL, c.rip, flags, ext);
    try {
      trap = task.enter(c, true);
      if (errorCode != GuestFault.NO_CODE) {
        StackFrame frame = StackFrame.current(c, task.layout.width, ext);
        frame.push(errorCode);
        frame.finish();
      }
    } catch (GuestFault fault) {
      int code = fault.vector() == GuestFault.PF ? fault.errorCode() : fault.errorCode() | ext;
      if (ext != 0) {
        throw fault.of(fault.vector(), code); // may be the second of a double fault
      }
      Delivery.exception(c, fault.vector(), code);
      return;
    }
    debugTrap(c, trap);
  }

  /** The T bit of the TSS. */
  private static void debugTrap(Cpu c, boolean trap) {
    if (trap) {
      c.dr[6] |= DebugControl.BT;
      Delivery.debug(c);
    }
  }

  private static Incoming commit(Cpu c, int selector, Cause cause, long rip, int flags, int ext) {
    long raw = checked(c, selector, cause, ext);
    Incoming task = new Incoming(c, raw);
    Segment old = c.segments[Cpu.TR];
    saveOutgoing(c, old, rip, flags);
    if (cause != Cause.CALL) {
      setBusy(c, old.selector, false);
    } else {
      c.mmu.writeSystem(Descriptor.base(raw), 2, old.selector, false);
    }
    if (cause != Cause.RETURN) {
      setBusy(c, selector, true);
    }
    Descriptor.load(old, selector, raw | BUSY);
    c.cr0 |= Cpu.CR0_TS;
    c.dr[7] &= ~LOCAL_ENABLES;
    DebugControl.changed(c);
    return task;
  }

  private static long checked(Cpu c, int selector, Cause cause, int ext) {
    int vector = cause == Cause.RETURN ? GuestFault.TS : GuestFault.GP;
    int code = selector & ~3 | ext;
    if ((selector & 4) != 0 || SegmentLoads.address(c, selector, 8) == -1) {
      throw c.fault.of(vector, code);
    }
    long raw = SegmentLoads.read(c, selector, vector);
    int type = Descriptor.isSegment(raw) ? 0 : Descriptor.type(raw);
    boolean busy = type == Descriptor.TSS_BUSY || type == Descriptor.TSS16_BUSY;
    boolean idle = type == Descriptor.TSS || type == Descriptor.TSS16;
    if (cause == Cause.RETURN ? !busy : !idle) {
      throw c.fault.of(vector, code);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, code);
    }
    if ((Descriptor.limit(raw) & 0xffffffffL) < Layout.of(type).leastLimit) {
      throw c.fault.of(GuestFault.TS, code);
    }
    return raw;
  }

  private static void setBusy(Cpu c, int selector, boolean busy) {
    long address = SegmentLoads.address(c, selector, 8);
    if (address != -1) {
      long raw = c.mmu.readSystem(address, 8);
      c.mmu.writeSystem(address, 8, busy ? raw | BUSY : raw & ~BUSY, false);
    }
  }

  private static void saveOutgoing(Cpu c, Segment tss, long rip, int flags) {
    Layout layout = Layout.of(tss.access);
    int width = layout.width;
    c.mmu.writeSystem(tss.base + layout.ip, width, rip, false);
    c.mmu.writeSystem(tss.base + layout.flags, width, flags, false);
    for (int i = 0; i < 8; i++) {
      c.mmu.writeSystem(tss.base + layout.gpr + i * width, width, c.gpr[i], false);
    }
    for (int i = 0; i < layout.segments; i++) {
      long at = tss.base + layout.selectors + i * width;
      c.mmu.writeSystem(at, 2, c.segments[i].selector, false);
    }
  }

  /** What the TSS of the new task holds. */
  private static final class Incoming {
    final Layout layout;
    private final long cr3;
    private final long rip;
    private final int flags;
    private final long[] gpr = new long[8];
    private final int[] selectors = new int[6];
    private final int ldt;
    private final boolean trap;

    Incoming(Cpu c, long raw) {
      layout = Layout.of(Descriptor.type(raw));
      boolean wide = layout == Layout.WIDE;
      long base = Descriptor.base(raw);
      int width = layout.width;
      cr3 = wide ? c.mmu.readSystem(base + CR3, 4) : -1;
      rip = c.mmu.readSystem(base + layout.ip, width);
      flags = (int) c.mmu.readSystem(base + layout.flags, width);
      for (int i = 0; i < 8; i++) {
        gpr[i] = c.mmu.readSystem(base + layout.gpr + i * width, width);
      }
      for (int i = 0; i < layout.segments; i++) {
        selectors[i] = (int) c.mmu.readSystem(base + layout.selectors + i * width, 2);
      }
      ldt = (int) c.mmu.readSystem(base + layout.ldt, 2);
      trap = wide && (c.mmu.readSystem(base + TRAP, 2) & 1) != 0;
    }

    /**
     * Loads the registers; returns whether a #DB follows.
     *
     * @throws GuestFault in the new task, whose registers are loaded as far as they are valid
     */
    boolean enter(Cpu c, boolean nested) {
      c.rip = rip;
      System.arraycopy(gpr, 0, c.gpr, 0, 8);
      Flags.set(c, flags | (nested ? Flags.NT : 0));
      try {
        loadCr3(c);
        loadLdt(c);
        if ((flags & Flags.VM) != 0) {
          Returns.enterVirtual(c, selectors, rip & 0xffff, Flags.get(c));
        } else {
          loadSegments(c);
        }
      } finally {
        c.contextChanged();
      }
      return trap;
    }

    private void loadCr3(Cpu c) {
      if (cr3 < 0 || (c.cr0 & Cpu.CR0_PG) == 0) {
        return;
      }
      if ((c.cr4 & Cpu.CR4_PAE) != 0 && !c.mmu.loadPdptes(cr3)) {
        throw c.gp(0);
      }
      c.cr3 = cr3;
      c.pagingChanged();
    }

    private void loadLdt(Cpu c) {
      if ((ldt & ~3) == 0) {
        SegmentLoads.setNull(c.segments[Cpu.LDTR], ldt, 0);
      } else {
        SystemSegments.loadLdt(c, ldt, GuestFault.TS);
      }
    }

    private void loadSegments(Cpu c) {
      for (int i : ORDER) {
        SegmentLoads.setNull(c.segments[i], selectors[i], 0);
      }
      c.cpl = selectors[Cpu.CS] & 3;
      c.modeChanged();
      loadCode(c, selectors[Cpu.CS]);
      int ss = selectors[Cpu.SS];
      long stack = SegmentLoads.checkedStack(c, ss, c.cpl, GuestFault.TS, 0);
      Descriptor.load(c.segments[Cpu.SS], ss, SegmentLoads.setAccessed(c, ss, stack));
      for (int i : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
        try {
          SegmentLoads.load(c, i, selectors[i]);
        } catch (GuestFault fault) {
          int vector = fault.vector() == GuestFault.GP ? GuestFault.TS : fault.vector();
          throw fault.of(vector, fault.errorCode());
        }
      }
    }

    private static void loadCode(Cpu c, int selector) {
      int code = selector & ~3;
      long raw = code == 0 ? 0 : SegmentLoads.read(c, selector, GuestFault.TS);
      int dpl = Descriptor.dpl(raw);
      boolean allowed = Descriptor.isConforming(raw) ? dpl <= c.cpl : dpl == c.cpl;
      if (!Descriptor.isCode(raw) || !allowed) {
        throw c.fault.of(GuestFault.TS, code);
      }
      if (!Descriptor.present(raw)) {
        throw c.fault.of(GuestFault.NP, code);
      }
      Descriptor.load(c.segments[Cpu.CS], selector, SegmentLoads.setAccessed(c, selector, raw));
    }
  }
}
