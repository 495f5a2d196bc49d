package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;

/** Task switches (SDM vol. 3 section 7.3), outside IA-32e mode. */
final class Tasks {
  private enum Cause {
    JUMP,
    CALL,
    RETURN
  }

  /** Offsets in the 32-bit TSS (figure 7-2). */
  private static final int CR3 = 28, EIP = 32, EFLAGS = 36, GPR = 40, SEGMENTS = 72, LDT = 96;

  private static final int TRAP = 100;

  /** Offsets in the 16-bit TSS (figure 7-10). */
  private static final int IP16 = 14, FLAGS16 = 16, GPR16 = 18, SEGMENTS16 = 34, LDT16 = 42;

  private static final int MIN_LIMIT = 0x67, MIN_LIMIT16 = 0x2b;
  private static final long BUSY = 2L << 40;
  private static final int[] ORDER = {Cpu.CS, Cpu.SS, Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};

  private Tasks() {}

  static void jump(Cpu c, int selector) {
    switchTo(c, selector, Cause.JUMP, c.rip, Flags.get(c), 0);
  }

  static void call(Cpu c, int selector, long next) {
    switchTo(c, selector, Cause.CALL, next, Flags.get(c), 0);
  }

  /** A task gate in the interrupt table. */
  static void interrupt(Cpu c, int selector, int errorCode, int ext, int flags) {
    switchTo(c, selector, Cause.CALL, c.rip, flags, ext);
    if (errorCode != GuestFault.NO_CODE) {
      boolean wide = (c.segments[Cpu.TR].access & 8) != 0;
      StackFrame frame = StackFrame.current(c, wide ? 4 : 2);
      frame.push(errorCode);
      frame.finish();
    }
  }

  /** IRET with NT. */
  static void returnToPrevious(Cpu c) {
    int selector = (int) c.mmu.readSystem(c.segments[Cpu.TR].base, 2);
    switchTo(c, selector, Cause.RETURN, c.rip, Flags.get(c) & ~Flags.NT, 0);
  }

  private static void switchTo(Cpu c, int selector, Cause cause, long rip, int flags, int ext) {
    long raw = checked(c, selector, cause, ext);
    boolean wide = (Descriptor.type(raw) & 8) != 0;
    Segment old = c.segments[Cpu.TR];
    long base = Descriptor.base(raw);
    saveOutgoing(c, old, rip, flags);
    if (cause != Cause.CALL) {
      setBusy(c, old.selector, false);
    } else {
      c.mmu.writeSystem(base, 2, old.selector, false);
    }
    long busy = raw | BUSY;
    if (cause != Cause.RETURN) {
      setBusy(c, selector, true);
    }
    Descriptor.load(old, selector, busy);
    c.cr0 |= Cpu.CR0_TS;
    c.dr[7] &= ~0x155L; // the local enables
    load(c, base, wide, cause == Cause.CALL);
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
    int least = (type & 8) != 0 ? MIN_LIMIT : MIN_LIMIT16;
    if ((Descriptor.limit(raw) & 0xffffffffL) < least) {
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
    boolean wide = (tss.access & 8) != 0;
    int width = wide ? 4 : 2;
    long base = tss.base;
    c.mmu.writeSystem(base + (wide ? EIP : IP16), width, rip, false);
    c.mmu.writeSystem(base + (wide ? EFLAGS : FLAGS16), width, flags, false);
    for (int i = 0; i < 8; i++) {
      c.mmu.writeSystem(base + (wide ? GPR : GPR16) + i * width, width, c.gpr[i], false);
    }
    for (int i = 0; i < (wide ? 6 : 4); i++) {
      long at = base + (wide ? SEGMENTS : SEGMENTS16) + i * width;
      c.mmu.writeSystem(at, 2, c.segments[i].selector, false);
    }
  }

  /** Loads the incoming task: from here on faults belong to it. */
  private static void load(Cpu c, long base, boolean wide, boolean nested) {
    int width = wide ? 4 : 2;
    if (wide && (c.cr0 & Cpu.CR0_PG) != 0) {
      c.cr3 = c.mmu.readSystem(base + CR3, 4);
      if ((c.cr4 & Cpu.CR4_PAE) != 0 && !c.mmu.loadPdptes(c.cr3)) {
        throw c.gp(0);
      }
      c.pagingChanged();
    }
    c.rip = c.mmu.readSystem(base + (wide ? EIP : IP16), width);
    int flags = (int) c.mmu.readSystem(base + (wide ? EFLAGS : FLAGS16), width);
    for (int i = 0; i < 8; i++) {
      c.gpr[i] = c.mmu.readSystem(base + (wide ? GPR : GPR16) + i * width, width);
    }
    int[] selectors = new int[6];
    for (int i = 0; i < (wide ? 6 : 4); i++) {
      selectors[i] = (int) c.mmu.readSystem(base + (wide ? SEGMENTS : SEGMENTS16) + i * width, 2);
    }
    int ldt = (int) c.mmu.readSystem(base + (wide ? LDT : LDT16), 2);
    boolean trap = wide && (c.mmu.readSystem(base + TRAP, 2) & 1) != 0;
    Flags.set(c, flags | (nested ? Flags.NT : 0));
    loadLdt(c, ldt);
    if ((flags & Flags.VM) != 0) {
      Returns.enterVirtual(c, selectors, c.rip & 0xffff, Flags.get(c));
    } else {
      loadSegments(c, selectors);
    }
    DebugControl.changed(c);
    c.contextChanged();
    if (trap) {
      c.dr[6] |= DebugControl.BT;
      Delivery.exception(c, GuestFault.DB, GuestFault.NO_CODE);
    }
  }

  private static void loadLdt(Cpu c, int selector) {
    if ((selector & ~3) == 0) {
      SegmentLoads.setNull(c.segments[Cpu.LDTR], selector, 0);
      return;
    }
    SystemSegments.loadLdt(c, selector, GuestFault.TS);
  }

  private static void loadSegments(Cpu c, int[] selectors) {
    for (int i : ORDER) {
      SegmentLoads.setNull(c.segments[i], selectors[i], 0);
    }
    int cpl = selectors[Cpu.CS] & 3;
    c.cpl = cpl;
    c.modeChanged();
    int code = selectors[Cpu.CS] & ~3;
    long raw = code == 0 ? 0 : SegmentLoads.read(c, selectors[Cpu.CS], GuestFault.TS);
    int dpl = Descriptor.dpl(raw);
    if (!Descriptor.isCode(raw) || (Descriptor.isConforming(raw) ? dpl > cpl : dpl != cpl)) {
      throw c.fault.of(GuestFault.TS, code);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, code);
    }
    Descriptor.load(c.segments[Cpu.CS], selectors[Cpu.CS], raw);
    long stack = SegmentLoads.checkedStack(c, selectors[Cpu.SS], cpl, GuestFault.TS, 0);
    Descriptor.load(c.segments[Cpu.SS], selectors[Cpu.SS], stack);
    for (int i : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
      try {
        SegmentLoads.load(c, i, selectors[i]);
      } catch (GuestFault fault) {
        throw fault.vector() == GuestFault.GP ? fault.of(GuestFault.TS, fault.errorCode()) : fault;
      }
    }
  }
}
