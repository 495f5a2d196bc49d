package org.jvmm.softcpu.fpu;

/** An IEEE 754 binary interchange format of at most 64 bits, held in the low bits of a long. */
final class FloatFormat {
  static final FloatFormat SINGLE = new FloatFormat(8, 23);
  static final FloatFormat DOUBLE = new FloatFormat(11, 52);

  final int fractionBits;
  final int maxExp;
  final int bias;
  final long fractionMask;
  final long signBit;

  /** Bits of a normalized 64-bit significand that the format cannot hold. */
  final int discardedBits;

  /** Infinity without sign. */
  final long infinity;

  /** Quiet bit of a NaN. */
  final long quietBit;

  /** QNaN floating-point indefinite. */
  final long indefinite;

  private FloatFormat(int expBits, int fractionBits) {
    this.fractionBits = fractionBits;
    maxExp = (1 << expBits) - 1;
    bias = maxExp >> 1;
    fractionMask = (1L << fractionBits) - 1;
    signBit = 1L << expBits + fractionBits;
    discardedBits = 63 - fractionBits;
    infinity = (long) maxExp << fractionBits;
    quietBit = 1L << fractionBits - 1;
    indefinite = signBit | infinity | quietBit;
  }

  int exp(long bits) {
    return (int) (bits >> fractionBits) & maxExp;
  }

  int sign(long bits) {
    return (bits & signBit) != 0 ? 1 : 0;
  }

  long sign(int sign) {
    return sign != 0 ? signBit : 0;
  }

  boolean isNaN(long bits) {
    return (bits & ~signBit) > infinity;
  }

  boolean isSignalingNaN(long bits) {
    return isNaN(bits) && (bits & quietBit) == 0;
  }

  boolean isInfinity(long bits) {
    return (bits & ~signBit) == infinity;
  }

  boolean isZero(long bits) {
    return (bits & ~signBit) == 0;
  }

  boolean isDenormal(long bits) {
    return (bits & infinity) == 0 && (bits & fractionMask) != 0;
  }

  /**
   * Exponent of a nonzero finite value once its significand is normalized, in the bias of {@link
   * Float80}.
   */
  int normalizedExp(long bits) {
    int exp = exp(bits);
    int shift = exp == 0 ? Long.numberOfLeadingZeros(bits & fractionMask) - discardedBits : 0;
    return Math.max(exp, 1) - shift - bias + Float80.BIAS;
  }

  /** Normalized 64-bit significand of a nonzero finite value, or of a NaN. */
  long significand(long bits) {
    long fraction = bits & fractionMask;
    return exp(bits) == 0
        ? fraction << Long.numberOfLeadingZeros(fraction)
        : (fraction << 63 - fractionBits) | Float80.INTEGER_BIT;
  }
}
