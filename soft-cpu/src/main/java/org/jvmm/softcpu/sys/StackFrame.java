package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.fault.GuestFault;

/**
 * Pushes onto a stack that becomes, or is, the current one, outside 64-bit mode. The registers
 * change with {@link #finish} only.
 */
final class StackFrame {
  private static final int RSP = 4;

  private final Cpu c;
  private final Segment stack;
  private final int width;
  private final boolean user;
  private final int errorCode;
  private final long mask;
  private long sp;

  private StackFrame(Cpu c, Segment stack, long sp, int width, boolean user, int errorCode) {
    this.c = c;
    this.stack = stack;
    this.sp = sp;
    this.width = width;
    this.user = user;
    this.errorCode = errorCode;
    mask = (stack.access & Segmentation.DB) != 0 ? 0xffffffffL : 0xffff;
  }

  /**
   * On the current stack.
   *
   * @param width bytes of a push
   * @param errorCode of the #SS where it does not fit
   */
  static StackFrame current(Cpu c, int width, int errorCode) {
    return new StackFrame(c, c.segments[Cpu.SS], c.gpr[RSP], width, c.cpl == 3, errorCode);
  }

  /**
   * On the stack of a more privileged level.
   *
   * @param errorCode of the #SS where it does not fit
   */
  static StackFrame inner(Cpu c, Segment stack, long sp, int width, int errorCode) {
    return new StackFrame(c, stack, sp, width, false, errorCode);
  }

  void push(long value) {
    sp = sp - width & mask;
    if (!Segmentation.contains(c, stack, sp, width)) {
      throw c.fault.of(GuestFault.SS, errorCode);
    }
    c.mmu.writeSystem(stack.base + sp & 0xffffffffL, width, value, user);
  }

  /** Makes it the current stack. */
  void finish() {
    if (stack != c.segments[Cpu.SS]) {
      c.segments[Cpu.SS].set(stack);
    }
    c.set(RSP, mask == 0xffff ? 2 : 4, sp);
  }
}
