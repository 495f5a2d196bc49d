package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;

/** Bit tests and scans, byte swap, CRC32, double shifts. */
final class Bits {
  static final int BT = 0, BTS = 1, BTR = 2, BTC = 3;

  private static final int CASTAGNOLI = 0x82f63b78;

  private Bits() {}

  /** BT, BTS, BTR, BTC. */
  static void test(Cpu c, Insn in, int operation) {
    int width = in.width;
    int bits = 8 * width;
    boolean immediate = in.kind(1) == Insn.IMM;
    long n = immediate ? in.imm : Flags.signed(c.gpr[in.src], width);
    long bit = 1L << (n & bits - 1);
    if (in.memory != 0) {
      long value = c.gpr[in.dst];
      if (operation != BT) {
        c.set(in.dst, width, apply(operation, value, bit));
      }
      Flags.setCarry(c, (value & bit) != 0);
      return;
    }
    long at = bitAddress(c, in, immediate ? 0 : n / bits - (n % bits < 0 ? 1 : 0), operation != BT);
    long value;
    if (operation == BT) {
      value = c.mmu.read(at, width);
    } else {
      value = c.mmu.readForWrite(at, width);
      c.mmu.write(at, width, apply(operation, value, bit));
    }
    Flags.setCarry(c, (value & bit) != 0);
  }

  /** A register's bit number reaches operands before and after the one addressed. */
  private static long bitAddress(Cpu c, Insn in, long operands, boolean write) {
    long offset = c.effective(in) + operands * in.width & in.eaMask;
    return in.flat ? offset : Segmentation.linear(c, in.segment, offset, in.width, write);
  }

  private static long apply(int operation, long value, long bit) {
    return switch (operation) {
      case BTS -> value | bit;
      case BTR -> value & ~bit;
      default -> value ^ bit;
    };
  }

  static void bsf(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.width);
    if (value != 0) {
      c.set(in.dst, in.width, Long.numberOfTrailingZeros(value));
    }
    Flags.logic(c, in.width, value);
  }

  static void bsr(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.width);
    if (value != 0) {
      c.set(in.dst, in.width, 63 - Long.numberOfLeadingZeros(value));
    }
    Flags.logic(c, in.width, value);
  }

  static void tzcnt(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.width);
    long count = value == 0 ? 8 * in.width : Long.numberOfTrailingZeros(value);
    c.set(in.dst, in.width, count);
    Flags.set(c, in.width, count, value == 0, false);
  }

  static void lzcnt(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.width);
    long count = Long.numberOfLeadingZeros(value) - (64 - 8 * in.width);
    c.set(in.dst, in.width, count);
    Flags.set(c, in.width, count, value == 0, false);
  }

  static void popcnt(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.width);
    c.set(in.dst, in.width, Long.bitCount(value));
    Flags.setArithmetic(c, value == 0 ? Flags.ZF : 0);
  }

  /** With a 16-bit operand the result is undefined; processors give 0. */
  static void bswap(Cpu c, Insn in) {
    long value = c.gpr[in.dst];
    long swapped =
        switch (in.width) {
          case 8 -> Long.reverseBytes(value);
          case 4 -> Integer.reverseBytes((int) value);
          default -> 0;
        };
    c.set(in.dst, in.width, swapped);
  }

  static void crc32(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.srcWidth);
    int crc = (int) c.gpr[in.dst];
    for (int i = 0; i < 8 * in.srcWidth; i += 8) {
      crc ^= (int) (value >>> i) & 0xff;
      for (int k = 0; k < 8; k++) {
        crc = crc >>> 1 ^ (CASTAGNOLI & -(crc & 1));
      }
    }
    c.set(in.dst, 8, crc & 0xffffffffL);
  }

  /** SHLD and SHRD. */
  static void doubleShift(Cpu c, Insn in, boolean left) {
    int width = in.width;
    int bits = 8 * width;
    long by = in.kind(2) == Insn.IMM ? in.imm : c.gpr[1];
    int count = (int) by & (width == 8 ? 0x3f : 0x1f);
    long a = Form.loadForWrite(c, in, width);
    long b = Form.zero(c.gpr[in.src], width);
    if (count == 0) {
      if (width == 4 && in.memory != 0) {
        c.gpr[in.dst] = a;
      }
      return;
    }
    if (count > bits) {
      // Undefined; processors go on with the 16-bit operands repeated.
      count -= bits;
      long swap = a;
      a = b;
      b = swap;
    }
    long result;
    boolean carry;
    if (left) {
      result = a << count | b >>> bits - count;
      carry = (a >>> bits - count & 1) != 0;
    } else {
      result = a >>> count | b << bits - count;
      carry = (a >>> count - 1 & 1) != 0;
    }
    Form.store(c, in, width, result);
    boolean overflow = ((result ^ a) >>> bits - 1 & 1) != 0;
    Flags.set(c, width, result, carry, overflow);
  }
}
