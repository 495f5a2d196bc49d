package org.jvmm.testkit.asm;

/** Widths of operands and immediates; a mistake is an IllegalArgumentException. */
final class Width {
  private Width() {}

  static int of(Operand operand) {
    if (operand.bits() == 0) {
      throw new IllegalArgumentException("the width is unknown: " + operand);
    }
    return operand.bits();
  }

  static void mustMatch(Operand a, Operand b) {
    if (a.bits() != b.bits() && a.bits() != 0 && b.bits() != 0) {
      throw new IllegalArgumentException("widths differ: " + a + ", " + b);
    }
  }

  /** Checks that the value fits, signed or unsigned. */
  static long imm(long value, int bits) {
    if (bits < 64 && (value < -(1L << bits - 1) || value >= 1L << bits)) {
      throw new IllegalArgumentException("%#x does not fit in %d bits".formatted(value, bits));
    }
    return value;
  }

  /** As {@link #imm}; a 64-bit operand takes a sign-extended imm32. */
  static long imm32(long value, int bits) {
    if (bits == 64 && value != (int) value) {
      throw new IllegalArgumentException("%#x is no signed imm32".formatted(value));
    }
    return imm(value, bits);
  }
}
