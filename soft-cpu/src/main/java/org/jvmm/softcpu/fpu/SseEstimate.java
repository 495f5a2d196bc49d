package org.jvmm.softcpu.fpu;

/**
 * RCPSS and RSQRTSS: reciprocal and reciprocal square root with a relative error below 1.5 * 2^-12
 * (SDM vol. 2). Processors compute these from tables that differ by vendor, so only the bound is
 * portable; here the true value is rounded to 12 bits of significand. They raise no exceptions and
 * heed neither rounding control nor DAZ and FTZ: denormal operands count as zero, tiny results are
 * zero.
 */
public final class SseEstimate {
  private static final int SIGN = 0x8000_0000;
  private static final int EXP = 0x7F80_0000;
  private static final int QUIET = 0x0040_0000;
  private static final int INDEFINITE = 0xFFC0_0000;
  private static final int DROPPED_BITS = 12;

  private SseEstimate() {}

  /** Approximate reciprocal of a binary32. */
  public static int reciprocal(int bits) {
    int sign = bits & SIGN;
    int exp = bits & EXP;
    if (exp == 0) {
      return sign | EXP;
    }
    if (exp == EXP) {
      return bits << 9 != 0 ? bits | QUIET : sign;
    }
    int estimate = rounded(1f / Float.intBitsToFloat(bits));
    return (estimate & EXP) == 0 ? sign : estimate;
  }

  /**
   * Approximate reciprocal square root of a binary32; a negative operand gives the QNaN indefinite.
   */
  public static int reciprocalSquareRoot(int bits) {
    int exp = bits & EXP;
    if (exp == 0) {
      return bits & SIGN | EXP;
    }
    if (exp == EXP && bits << 9 != 0) {
      return bits | QUIET;
    }
    if (bits < 0) {
      return INDEFINITE;
    }
    return exp == EXP ? 0 : rounded((float) (1 / Math.sqrt(Float.intBitsToFloat(bits))));
  }

  private static int rounded(float value) {
    int half = 1 << DROPPED_BITS - 1;
    return Float.floatToRawIntBits(value) + half & -1 << DROPPED_BITS;
  }
}
