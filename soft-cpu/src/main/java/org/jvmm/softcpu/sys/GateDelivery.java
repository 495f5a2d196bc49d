package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.sys.Delivery.Origin;

/**
 * Delivery through 8-byte gates in protected mode, from virtual-8086 mode too (SDM vol. 3 section
 * 6.12).
 */
final class GateDelivery {
  private static final int RSP = 4;
  private static final int[] DATA_REGISTERS = {Cpu.GS, Cpu.FS, Cpu.DS, Cpu.ES};

  private GateDelivery() {}

  static void enter(Cpu c, int vector, int code, Origin origin, int flags) {
    int ext = origin.ext();
    int index = vector * 8 + Delivery.IDT + ext;
    if (vector * 8 + 7 > c.idtLimit) {
      throw c.gp(index);
    }
    long gate = c.mmu.readSystem(c.idtBase + vector * 8L, 8);
    int type = Descriptor.isSegment(gate) ? 0 : Descriptor.type(gate);
    boolean isGate =
        switch (type) {
          case Descriptor.TASK_GATE,
              Descriptor.INTERRUPT_GATE16,
              Descriptor.TRAP_GATE16,
              Descriptor.INTERRUPT_GATE,
              Descriptor.TRAP_GATE ->
              true;
          default -> false;
        };
    if (!isGate || origin != Origin.HARDWARE && Descriptor.dpl(gate) < c.cpl) {
      throw c.gp(index);
    }
    if (!Descriptor.present(gate)) {
      throw c.fault.of(GuestFault.NP, index);
    }
    if (type == Descriptor.TASK_GATE) {
      Tasks.interrupt(c, Descriptor.gateSelector(gate), code, ext, flags);
    } else {
      enter(c, gate, code, ext, flags);
    }
  }

  private static void enter(Cpu c, long gate, int code, int ext, int flags) {
    int selector = Descriptor.gateSelector(gate);
    int error = selector & ~3 | ext;
    if ((selector & ~3) == 0 || SegmentLoads.address(c, selector, 8) == -1) {
      throw c.gp(error);
    }
    long raw = SegmentLoads.read(c, selector, GuestFault.GP);
    int dpl = Descriptor.dpl(raw);
    if (!Descriptor.isCode(raw) || dpl > c.cpl) {
      throw c.gp(error);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, error);
    }
    boolean virtual = c.in(Mode.VM86);
    boolean inner = !Descriptor.isConforming(raw) && dpl < c.cpl;
    if (virtual && (!inner || dpl != 0)) {
      throw c.gp(error);
    }
    long target = Descriptor.gateOffset(gate) & (Descriptor.type(gate) < 8 ? 0xffff : -1);
    if (target > (Descriptor.limit(raw) & 0xffffffffL)) {
      throw c.gp(ext);
    }
    int width = Descriptor.type(gate) < 8 ? 2 : 4;
    StackFrame frame = inner ? innerStack(c, dpl, width, ext) : StackFrame.current(c, width, ext);
    push(c, frame, inner, virtual, code, flags);
    raw = SegmentLoads.setAccessed(c, selector, raw);
    frame.finish();
    if (virtual) {
      for (int register : DATA_REGISTERS) {
        SegmentLoads.setNull(c.segments[register], 0, 0);
      }
    }
    c.rip = target;
    boolean trap = (Descriptor.type(gate) & 1) != 0;
    c.flags &= ~(Flags.TF | Flags.NT | Flags.RF | Flags.VM | (trap ? 0 : Flags.IF));
    FarTransfers.loadCs(c, selector, raw, inner ? dpl : c.cpl);
  }

  private static void push(
      Cpu c, StackFrame frame, boolean inner, boolean virtual, int code, int flags) {
    if (virtual) {
      for (int register : DATA_REGISTERS) {
        frame.push(c.segments[register].selector);
      }
    }
    if (inner) {
      frame.push(c.segments[Cpu.SS].selector);
      frame.push(c.gpr[RSP]);
    }
    frame.push(flags);
    frame.push(c.segments[Cpu.CS].selector);
    frame.push(c.rip);
    if (code != GuestFault.NO_CODE) {
      frame.push(code);
    }
  }

  /** The stack of a more privileged level, from the TSS (section 5.8.5). */
  static StackFrame innerStack(Cpu c, int dpl, int width, int ext) {
    Segment tss = c.segments[Cpu.TR];
    boolean wide = (tss.access & 8) != 0;
    int offset = wide ? 4 + 8 * dpl : 2 + 4 * dpl;
    if (offset + (wide ? 5 : 3) > (tss.limit & 0xffffffffL)) {
      throw c.fault.of(GuestFault.TS, tss.selector & ~3 | ext);
    }
    long sp = c.mmu.readSystem(tss.base + offset, wide ? 4 : 2);
    int selector = (int) c.mmu.readSystem(tss.base + offset + (wide ? 4 : 2), 2);
    Segment stack = new Segment();
    long raw = SegmentLoads.checkedStack(c, selector, dpl, GuestFault.TS, ext);
    Descriptor.load(stack, selector, SegmentLoads.setAccessed(c, selector, raw));
    return StackFrame.inner(c, stack, sp, width, selector & ~3 | ext);
  }
}
