package org.jvmm.softcpu.sys;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;

/** Far JMP and CALL, through call gates, task gates and TSSs too (SDM vol. 2, JMP and CALL). */
public final class FarTransfers {
  private static final int RSP = 4;

  private FarTransfers() {}

  /** Far JMP. */
  public static void jump(Cpu c, int selector, long offset) {
    if (!c.protectedMode()) {
      jumpReal(c, selector, offset);
      return;
    }
    long raw = target(c, selector);
    if (Descriptor.isSegment(raw)) {
      checkCode(c, selector, raw);
      enter(c, selector, raw, offset, c.cpl);
      return;
    }
    checkSystem(c, selector, raw);
    switch (Descriptor.type(raw)) {
      case Descriptor.CALL_GATE, Descriptor.CALL_GATE16 -> {
        int code = Descriptor.gateSelector(raw);
        long codeRaw = gateTarget(c, code);
        boolean outer = Descriptor.dpl(codeRaw) != c.cpl && !Descriptor.isConforming(codeRaw);
        if (outer) {
          throw c.gp(code & ~3);
        }
        enter(c, code, codeRaw, gateOffset(c, selector, raw), c.cpl);
      }
      case Descriptor.TASK_GATE -> Tasks.jump(c, Descriptor.gateSelector(raw));
      default -> Tasks.jump(c, selector);
    }
  }

  /**
   * Far CALL.
   *
   * @param next where it returns to
   */
  public static void call(Cpu c, int selector, long offset, int width, long next) {
    if (!c.protectedMode()) {
      StackFrame frame = StackFrame.current(c, width, 0);
      pushReturn(c, frame, next);
      jumpReal(c, selector, offset);
      frame.finish();
      return;
    }
    long raw = target(c, selector);
    if (Descriptor.isSegment(raw)) {
      checkCode(c, selector, raw);
      callSame(c, selector, raw, offset, width, next);
      return;
    }
    checkSystem(c, selector, raw);
    switch (Descriptor.type(raw)) {
      case Descriptor.CALL_GATE, Descriptor.CALL_GATE16 -> callGate(c, selector, raw, next);
      case Descriptor.TASK_GATE -> Tasks.call(c, Descriptor.gateSelector(raw), next);
      default -> Tasks.call(c, selector, next);
    }
  }

  private static void jumpReal(Cpu c, int selector, long offset) {
    if (offset > (c.segments[Cpu.CS].limit & 0xffffffffL)) {
      throw c.gp(0);
    }
    SegmentLoads.loadReal(c, Cpu.CS, selector);
    c.rip = offset;
    c.contextChanged();
  }

  private static long target(Cpu c, int selector) {
    if ((selector & ~3) == 0) {
      throw c.gp(0);
    }
    return SegmentLoads.read(c, selector, GuestFault.GP);
  }

  /** Checks of a code segment that is named directly. */
  private static void checkCode(Cpu c, int selector, long raw) {
    int code = selector & ~3;
    int dpl = Descriptor.dpl(raw);
    boolean allowed =
        Descriptor.isConforming(raw) ? dpl <= c.cpl : dpl == c.cpl && (selector & 3) <= c.cpl;
    if (!Descriptor.isCode(raw)
        || !allowed
        || c.longMode() && Descriptor.isLong(raw) && Descriptor.is32(raw)) {
      throw c.gp(code);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, code);
    }
  }

  /** Checks of a gate or TSS. */
  private static void checkSystem(Cpu c, int selector, long raw) {
    int code = selector & ~3;
    boolean known =
        switch (Descriptor.type(raw)) {
          case Descriptor.CALL_GATE -> true;
          case Descriptor.CALL_GATE16, Descriptor.TASK_GATE, Descriptor.TSS, Descriptor.TSS16 ->
              !c.longMode();
          default -> false;
        };
    int dpl = Descriptor.dpl(raw);
    if (!known || dpl < c.cpl || dpl < (selector & 3)) {
      throw c.gp(code);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, code);
    }
  }

  /** The code segment behind a call gate. */
  private static long gateTarget(Cpu c, int selector) {
    long raw = target(c, selector);
    boolean wide = Descriptor.isLong(raw) && !Descriptor.is32(raw);
    if (!Descriptor.isCode(raw) || Descriptor.dpl(raw) > c.cpl || c.longMode() && !wide) {
      throw c.gp(selector & ~3);
    }
    if (!Descriptor.present(raw)) {
      throw c.fault.of(GuestFault.NP, selector & ~3);
    }
    return raw;
  }

  private static long gateOffset(Cpu c, int selector, long gate) {
    long offset = Descriptor.gateOffset(gate);
    if (c.longMode()) {
      long address = SegmentLoads.address(c, selector, 16);
      if (address == -1) {
        throw c.gp(selector & ~3);
      }
      long high = c.mmu.readSystem(address + 8, 8);
      if ((high >>> 40 & 0x1f) != 0) {
        throw c.gp(selector & ~3); // SDM vol. 3 figure 5-8: the upper type field is 0
      }
      return offset | high << 32;
    }
    return Descriptor.type(gate) < 8 ? offset & 0xffff : offset;
  }

  private static void callSame(Cpu c, int selector, long raw, long offset, int width, long next) {
    checkTarget(c, raw, offset);
    if (c.in(Mode.CODE64)) {
      long sp = c.gpr[RSP];
      c.mmu.write(sp - width, width, c.segments[Cpu.CS].selector);
      c.mmu.write(sp - 2L * width, width, next);
      enter(c, selector, raw, offset, c.cpl);
      c.gpr[RSP] = sp - 2L * width;
    } else {
      StackFrame frame = StackFrame.current(c, width, 0);
      pushReturn(c, frame, next);
      enter(c, selector, raw, offset, c.cpl);
      frame.finish();
    }
  }

  private static void pushReturn(Cpu c, StackFrame frame, long next) {
    frame.push(c.segments[Cpu.CS].selector);
    frame.push(next);
  }

  private static void callGate(Cpu c, int selector, long gate, long next) {
    int code = Descriptor.gateSelector(gate);
    long raw = gateTarget(c, code);
    long offset = gateOffset(c, selector, gate);
    boolean inner = !Descriptor.isConforming(raw) && Descriptor.dpl(raw) < c.cpl;
    checkTarget(c, raw, offset);
    if (c.longMode()) {
      callLongGate(c, code, raw, offset, inner, next);
      return;
    }
    int width = Descriptor.type(gate) < 8 ? 2 : 4;
    int cpl = inner ? Descriptor.dpl(raw) : c.cpl;
    StackFrame frame =
        inner ? GateDelivery.innerStack(c, cpl, width, 0) : StackFrame.current(c, width, 0);
    if (inner) {
      frame.push(c.segments[Cpu.SS].selector);
      frame.push(c.gpr[RSP]);
      copyParameters(c, frame, (int) (gate >>> 32) & 0x1f, width);
    }
    pushReturn(c, frame, next);
    raw = SegmentLoads.setAccessed(c, code, raw);
    frame.finish();
    c.rip = offset;
    loadCs(c, code, raw, cpl);
  }

  private static void copyParameters(Cpu c, StackFrame frame, int count, int width) {
    boolean wide = c.in(Mode.STACK32);
    for (int i = count - 1; i >= 0; i--) {
      long at = c.gpr[RSP] + (long) i * width & (wide ? 0xffffffffL : 0xffff);
      frame.push(c.mmu.read(Returns.stackAddress(c, at, width), width));
    }
  }

  private static void callLongGate(
      Cpu c, int selector, long raw, long offset, boolean inner, long next) {
    int cpl = inner ? Descriptor.dpl(raw) : c.cpl;
    long sp = inner ? LongDelivery.innerStack(c, cpl) : c.gpr[RSP];
    if (!c.mmu.canonical(sp)) {
      throw c.fault.of(GuestFault.SS, 0);
    }
    boolean user = cpl == 3;
    if (inner) {
      c.mmu.writeSystem(sp - 8, 8, c.segments[Cpu.SS].selector, user);
      c.mmu.writeSystem(sp - 16, 8, c.gpr[RSP], user);
      sp -= 16;
    }
    c.mmu.writeSystem(sp - 8, 8, c.segments[Cpu.CS].selector, user);
    c.mmu.writeSystem(sp - 16, 8, next, user);
    long loaded = SegmentLoads.setAccessed(c, selector, raw);
    if (inner) {
      SegmentLoads.setNull(c.segments[Cpu.SS], cpl, cpl);
    }
    c.gpr[RSP] = sp - 16;
    c.rip = offset;
    loadCs(c, selector, loaded, cpl);
  }

  /** The first instruction must be within the limit, or canonical. */
  static void checkTarget(Cpu c, long raw, long offset) {
    boolean wide = c.longMode() && Descriptor.isLong(raw);
    boolean fits =
        wide
            ? c.mmu.canonical(offset)
            : offset >>> 32 == 0 && within(Descriptor.limit(raw), offset);
    if (!fits) {
      throw c.gp(0);
    }
  }

  private static boolean within(int limit, long offset) {
    return offset <= (limit & 0xffffffffL);
  }

  private static void enter(Cpu c, int selector, long raw, long offset, int cpl) {
    checkTarget(c, raw, offset);
    long loaded = SegmentLoads.setAccessed(c, selector, raw);
    c.rip = offset;
    loadCs(c, selector, loaded, cpl);
  }

  /** Loads CS, with it the privilege level, and recomputes what follows. */
  static void loadCs(Cpu c, int selector, long raw, int cpl) {
    Descriptor.load(c.segments[Cpu.CS], selector & ~3 | cpl, raw);
    c.cpl = cpl;
    c.contextChanged();
  }
}
