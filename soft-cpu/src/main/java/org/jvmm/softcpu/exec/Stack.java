package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;

/** PUSH and POP of values, in the three shapes that a stack has. */
final class Stack {
  /** Shapes: 16-bit or checked, flat 32-bit, 64-bit. */
  static final int CHECKED = 0, FLAT = 1, LONG = 2;

  private static final int RSP = 4;

  private Stack() {}

  /** The shape that an instruction's mode implies. */
  static int shape(Insn in) {
    return in.in(Mode.CODE64) ? LONG : in.in(Mode.FLAT) ? FLAT : CHECKED;
  }

  /** Bits of the stack pointer that count. */
  static long mask(Cpu c) {
    return c.in(Mode.CODE64) ? -1 : c.in(Mode.STACK32) ? 0xffffffffL : 0xffff;
  }

  /** Sets the stack pointer, the part of it that counts. */
  static void setPointer(Cpu c, long value) {
    c.set(RSP, c.in(Mode.CODE64) ? 8 : c.in(Mode.STACK32) ? 4 : 2, value);
  }

  /** Linear address of stack data at an offset. */
  static long linear(Cpu c, long offset, int width, boolean write) {
    return c.in(Mode.CODE64 | Mode.FLAT)
        ? offset
        : Segmentation.linear(c, Cpu.SS, offset, width, write);
  }

  static void push(Cpu c, int shape, int width, long value) {
    if (shape == LONG) {
      long sp = c.gpr[RSP] - width;
      c.mmu.write(sp, width, value);
      c.gpr[RSP] = sp;
    } else if (shape == FLAT) {
      long sp = c.gpr[RSP] - width & 0xffffffffL;
      c.mmu.write(sp, width, value);
      c.gpr[RSP] = sp;
    } else {
      long sp = c.gpr[RSP] - width & mask(c);
      c.mmu.write(linear(c, sp, width, true), width, value);
      setPointer(c, sp);
    }
  }

  /** The value that a pop would take; {@link #drop} takes it. */
  static long peek(Cpu c, int shape, int width) {
    if (shape == LONG) {
      return c.mmu.read(c.gpr[RSP], width);
    }
    if (shape == FLAT) {
      return c.mmu.read(c.gpr[RSP] & 0xffffffffL, width);
    }
    return c.mmu.read(linear(c, c.gpr[RSP] & mask(c), width, false), width);
  }

  /** Moves the stack pointer up. */
  static void drop(Cpu c, int shape, long bytes) {
    if (shape == LONG) {
      c.gpr[RSP] += bytes;
    } else if (shape == FLAT) {
      c.gpr[RSP] = c.gpr[RSP] + bytes & 0xffffffffL;
    } else {
      setPointer(c, c.gpr[RSP] + bytes);
    }
  }
}
