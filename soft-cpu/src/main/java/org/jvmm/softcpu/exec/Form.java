package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/**
 * Shapes of one- and two-operand instructions, the parameters that templates are specialised by,
 * and how a template gets at its operands. With a constant shape and width all of it folds away.
 */
final class Form {
  /** Destination and source: Register, Memory, Immediate. */
  static final int RR = 0, RM = 1, RI = 2, MR = 3, MI = 4;

  private Form() {}

  /** The shape of an instruction. */
  static int of(Insn in) {
    boolean immediate = in.kind(1) == Insn.IMM;
    if (in.memory == 0) {
      return immediate ? MI : MR;
    }
    return in.memory == 1 ? RM : immediate ? RI : RR;
  }

  /** Packs the parameters of a template. */
  static int key(int operation, int width, int form) {
    return operation << 16 | width << 8 | form;
  }

  /** Packs the parameters of a template with two widths. */
  static int key(int operation, int width, int form, int sourceWidth) {
    return key(operation, width, form) | sourceWidth << 4;
  }

  static int operation(int key) {
    return key >> 16;
  }

  static int width(int key) {
    return key >> 8 & 0xff;
  }

  static int sourceWidth(int key) {
    return key >> 4 & 0xf;
  }

  static int form(int key) {
    return key & 0xf;
  }

  static boolean memoryDestination(int form) {
    return form >= MR;
  }

  /** The first operand as a register; bytes above the width are whatever is there. */
  static long first(Cpu c, Insn in, int width) {
    long value = c.gpr[in.dst];
    return width == 1 ? value >>> in.dstShift : value;
  }

  /** The second operand, in any form; bytes above the width are whatever is there. */
  static long second(Cpu c, Insn in, int width, int form) {
    switch (form) {
      case RM:
        return c.mmu.read(c.address(in, width), width);
      case RI:
      case MI:
        return in.imm;
      default:
        long value = c.gpr[in.src];
        return width == 1 ? value >>> in.srcShift : value;
    }
  }

  /** Writes the first operand as a register. */
  static void setFirst(Cpu c, Insn in, int width, long value) {
    if (width == 1) {
      c.setByte(in.dst, in.dstShift, value);
    } else {
      c.set(in.dst, width, value);
    }
  }

  /** Writes the second operand as a register. */
  static void setSecond(Cpu c, Insn in, int width, long value) {
    if (width == 1) {
      c.setByte(in.src, in.srcShift, value);
    } else {
      c.set(in.src, width, value);
    }
  }

  /** The first operand, register or memory, zero-extended. */
  static long load(Cpu c, Insn in, int width) {
    if (in.memory == 0) {
      return c.mmu.read(c.address(in, width), width);
    }
    return zero(first(c, in, width), width);
  }

  /** The second operand, register, memory or immediate, zero-extended. */
  static long loadSecond(Cpu c, Insn in, int width) {
    return zero(second(c, in, width, of(in)), width);
  }

  /** The first operand, register or memory, zero-extended; it is going to be stored. */
  static long loadForWrite(Cpu c, Insn in, int width) {
    if (in.memory == 0) {
      return c.mmu.readForWrite(c.addressForWrite(in, width), width);
    }
    return zero(first(c, in, width), width);
  }

  /** Writes the first operand, register or memory. */
  static void store(Cpu c, Insn in, int width, long value) {
    if (in.memory == 0) {
      c.mmu.write(c.addressForWrite(in, width), width, value);
    } else {
      setFirst(c, in, width, value);
    }
  }

  /** Clears the bytes above a width. */
  static long zero(long value, int width) {
    return width == 8 ? value : value & (1L << 8 * width) - 1;
  }
}
