package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;

/** Multiplication and sign extension of the accumulator. */
final class Multiply {
  private static final int RAX = 0, RDX = 2;

  private Multiply() {}

  /** The high half of the unsigned product. */
  static long highUnsigned(long a, long b) {
    return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
  }

  /** Product of the low bytes as signed numbers; sets the flags. */
  static long signed(Cpu c, int width, long a, long b) {
    long x = Flags.signed(a, width);
    long y = Flags.signed(b, width);
    long product = x * y;
    c.flagResult = Flags.signed(product, width);
    c.flagAux = width == 8 ? signedAux(x, y) : narrowAux(product, c.flagResult);
    return product;
  }

  /** {@link Cpu#flagAux} of the signed product of two 64-bit factors. */
  static int signedAux(long x, long y) {
    boolean overflow = Math.multiplyHigh(x, y) != x * y >> 63;
    return Flags.aux(overflow, overflow);
  }

  /** {@link Cpu#flagAux} of a signed product and what is left of it in fewer than 64 bits. */
  static int narrowAux(long product, long result) {
    return Flags.aux(product != result, product != result);
  }

  /** {@link Cpu#flagAux} of an unsigned product with a high half. */
  static int unsignedAux(long high) {
    return Flags.aux(high != 0, high != 0);
  }

  static void mul(Cpu c, Insn in) {
    int width = in.width;
    long a = Form.zero(c.gpr[RAX], width);
    long b = Form.load(c, in, width);
    long low = a * b;
    long high = width == 8 ? highUnsigned(a, b) : low >>> 8 * width;
    storeWide(c, width, low, high);
    Flags.set(c, width, low, high != 0, high != 0);
  }

  static void imulWide(Cpu c, Insn in) {
    int width = in.width;
    long a = Flags.signed(c.gpr[RAX], width);
    long b = Flags.signed(Form.load(c, in, width), width);
    long low = a * b;
    long high = width == 8 ? Math.multiplyHigh(a, b) : low >> 8 * width;
    boolean overflow = high != Flags.signed(low, width) >> 63;
    storeWide(c, width, low, high);
    Flags.set(c, width, low, overflow, overflow);
  }

  private static void storeWide(Cpu c, int width, long low, long high) {
    if (width == 1) {
      c.set(RAX, 2, low);
    } else {
      c.set(RAX, width, low);
      c.set(RDX, width, high);
    }
  }

  /** CBW, CWDE, CDQE. */
  static void cbw(Cpu c, Insn in) {
    c.set(RAX, in.operandSize, Flags.signed(c.gpr[RAX], in.operandSize / 2));
  }

  /** CWD, CDQ, CQO. */
  static void cwd(Cpu c, Insn in) {
    c.set(RDX, in.operandSize, Flags.signed(c.gpr[RAX], in.operandSize) >> 63);
  }
}
