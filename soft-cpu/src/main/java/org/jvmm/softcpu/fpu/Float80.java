package org.jvmm.softcpu.fpu;

/**
 * The double extended-precision format (SDM vol. 1, 4.2.2): a value is a pair of {@code signExp}
 * (bit 15 sign, bits 14:0 biased exponent) and a 64-bit {@code mantissa} whose bit 63 is the
 * explicit integer bit.
 */
public final class Float80 {
  /** Sign bit of signExp. */
  public static final int SIGN = 0x8000;

  /** Exponent field of signExp; all ones means infinity or NaN. */
  public static final int EXP_MASK = 0x7FFF;

  /** Exponent bias. */
  public static final int BIAS = 0x3FFF;

  /** Integer bit of the mantissa: set in every supported encoding but zeros and denormals. */
  public static final long INTEGER_BIT = 1L << 63;

  /** Set in a quiet NaN, clear in a signaling one. */
  public static final long QUIET_BIT = 1L << 62;

  /** signExp of the QNaN floating-point indefinite, the masked response to an invalid operation. */
  public static final int INDEFINITE_SIGN_EXP = 0xFFFF;

  /** Mantissa of the QNaN floating-point indefinite. */
  public static final long INDEFINITE_MANTISSA = 0xC000_0000_0000_0000L;

  private Float80() {}

  /**
   * True for a nonzero exponent without integer bit: unnormal, pseudo-infinity, pseudo-NaN. Every
   * operation on one is invalid (SDM vol. 1, 8.2.2).
   */
  public static boolean isUnsupported(int signExp, long mantissa) {
    return mantissa >= 0 && (signExp & EXP_MASK) != 0;
  }

  /** True for a supported quiet or signaling NaN. */
  public static boolean isNaN(int signExp, long mantissa) {
    return (signExp & EXP_MASK) == EXP_MASK && mantissa < 0 && mantissa << 1 != 0;
  }

  /** True for a supported signaling NaN. */
  public static boolean isSignalingNaN(int signExp, long mantissa) {
    return isNaN(signExp, mantissa) && (mantissa & QUIET_BIT) == 0;
  }

  /** True for plus or minus infinity. */
  public static boolean isInfinity(int signExp, long mantissa) {
    return (signExp & EXP_MASK) == EXP_MASK && mantissa == INTEGER_BIT;
  }

  /** True for plus or minus zero. */
  public static boolean isZero(int signExp, long mantissa) {
    return mantissa == 0 && (signExp & EXP_MASK) == 0;
  }

  /** True for a denormal or a pseudo-denormal (exponent zero with the integer bit set). */
  public static boolean isDenormal(int signExp, long mantissa) {
    return mantissa != 0 && (signExp & EXP_MASK) == 0;
  }

  /** True for a normal number: integer bit set, exponent neither zero nor all ones. */
  static boolean isNormal(int signExp, long mantissa) {
    return mantissa < 0 && (signExp + 1 & EXP_MASK) > 1;
  }
}
