package org.jvmm.softcpu.fpu;

/**
 * Conversions between the 80-bit format and the memory formats of the x87: integers, packed BCD,
 * single and double (SDM vol. 1, 4.2.2, 4.6 and 8.2).
 */
public final class X87Convert {
  private static final long BCD_LIMIT = 1_000_000_000_000_000_000L;

  private final X87Result result;
  private final Unrounded exact;
  private final FloatRounder rounder = new FloatRounder();

  /** Creates conversions that round under, and raise their exceptions in, the given result. */
  public X87Convert(X87Result result) {
    this.result = result;
    this.exact = result.exact;
  }

  /**
   * FLD m32fp: widens and raises IE for a signaling NaN, which becomes quiet, or DE for a denormal.
   */
  public void fromFloat32(int bits) {
    load(widen32(bits));
  }

  /**
   * FLD m64fp: widens and raises IE for a signaling NaN, which becomes quiet, or DE for a denormal.
   */
  public void fromFloat64(long bits) {
    load(widen64(bits));
  }

  private void load(boolean denormal) {
    if (denormal) {
      result.flags |= FpStatus.DE;
    } else {
      result.settleNaN(result.signExp, result.mantissa);
    }
  }

  /**
   * Widens a binary32 without exceptions; true when it is denormal there (its widened form is not).
   */
  boolean widen32(int bits) {
    int exp = bits >>> 23 & 0xFF;
    if (exp != 0 && exp != 0xFF) {
      result.set(
          bits >>> 16 & Float80.SIGN | exp + (Float80.BIAS - 127),
          (long) bits << 40 | Float80.INTEGER_BIT);
      return false;
    }
    return widen(bits & 0xFFFF_FFFFL, FloatFormat.SINGLE);
  }

  /**
   * Widens a binary64 without exceptions; true when it is denormal there (its widened form is not).
   */
  boolean widen64(long bits) {
    int exp = (int) (bits >>> 52) & 0x7FF;
    if (exp != 0 && exp != 0x7FF) {
      result.set(
          (int) (bits >>> 48) & Float80.SIGN | exp + (Float80.BIAS - 1023),
          bits << 11 | Float80.INTEGER_BIT);
      return false;
    }
    return widen(bits, FloatFormat.DOUBLE);
  }

  private boolean widen(long bits, FloatFormat f) {
    int sign = f.sign(bits) << 15;
    if (f.isZero(bits)) {
      result.set(sign, 0);
      return false;
    }
    boolean special = f.exp(bits) == f.maxExp;
    result.set(sign | (special ? Float80.EXP_MASK : f.normalizedExp(bits)), f.significand(bits));
    return !special;
  }

  /** Converts an integer exactly. */
  public void fromInteger(long value) {
    if (value == 0) {
      result.setZero(0);
      return;
    }
    long magnitude = Math.abs(value); // Long.MIN_VALUE reads correctly as unsigned
    int shift = Long.numberOfLeadingZeros(magnitude);
    result.set((value < 0 ? Float80.SIGN : 0) | Float80.BIAS + 63 - shift, magnitude << shift);
  }

  /**
   * Converts 18 packed decimal digits. Digits above 9 are undefined in the manuals; they weigh
   * their value here.
   *
   * @param low digits 0 to 15
   * @param high sign in bit 15, digits 16 and 17 in bits 7:0
   */
  public void fromBcd(long low, int high) {
    long value = (high >> 4 & 15) * 10 + (high & 15);
    for (int shift = 60; shift >= 0; shift -= 4) {
      value = value * 10 + (low >>> shift & 15);
    }
    fromInteger(value);
    result.signExp |= high & Float80.SIGN;
  }

  /**
   * Narrows to binary32; on an unmasked invalid, overflow or underflow exception nothing may be
   * stored.
   */
  public int toFloat32(int se, long m) {
    return (int) toFloat(se, m, FloatFormat.SINGLE);
  }

  /**
   * Narrows to binary64; on an unmasked invalid, overflow or underflow exception nothing may be
   * stored.
   */
  public long toFloat64(int se, long m) {
    return toFloat(se, m, FloatFormat.DOUBLE);
  }

  private long toFloat(int se, long m, FloatFormat f) {
    int sign = se >> 15 & 1;
    if (Float80.isUnsupported(se, m)) {
      result.flags |= FpStatus.IE;
      return f.indefinite;
    }
    if (Float80.isNaN(se, m)) {
      if ((m & Float80.QUIET_BIT) == 0) {
        result.flags |= FpStatus.IE;
      }
      return f.sign(sign) | f.infinity | f.quietBit | m >>> f.discardedBits & f.fractionMask;
    }
    if (Float80.isInfinity(se, m)) {
      return f.sign(sign) | f.infinity;
    }
    if (m == 0) {
      return f.sign(sign);
    }
    exact.sign = sign;
    exact.exp = X87Arithmetic.normalizedExp(se, m);
    exact.hi = X87Arithmetic.normalized(m);
    exact.lo = 0;
    long bits = rounder.round(exact, f, result.roundingControl(), result.masks());
    result.flags |= rounder.flags;
    return bits;
  }

  /**
   * Converts to a two's complement integer.
   *
   * @param width 16, 32 or 64 bits
   * @param rc rounding control; FISTTP passes {@link Rounding#ZERO}
   * @return the value, or the integer indefinite (-2^(width-1)) with IE when it does not fit
   */
  public long toInteger(int se, long m, int width, int rc) {
    long indefinite = -1L << width - 1;
    int exp = se & Float80.EXP_MASK;
    if (exp > Float80.BIAS + 63 || Float80.isUnsupported(se, m)) {
      result.flags |= FpStatus.IE;
      return indefinite;
    }
    int sign = se >> 15 & 1;
    long magnitude = integerPart(exp, m, sign, rc);
    boolean rounded = exact.lo != 0;
    boolean up = magnitude != exact.hi;
    long limit = indefinite == Long.MIN_VALUE ? Long.MIN_VALUE : -indefinite;
    int order = Long.compareUnsigned(magnitude, limit);
    if (order > 0 || order == 0 && sign == 0 || up && magnitude == 0) {
      result.flags |= FpStatus.IE;
      return indefinite;
    }
    raiseRounding(rounded, up);
    return sign != 0 ? -magnitude : magnitude;
  }

  /**
   * Integer magnitude after rounding; leaves the truncated one in exact.hi and the fraction in
   * exact.lo.
   */
  private long integerPart(int exp, long m, int sign, int rc) {
    exact.hi = m;
    exact.lo = 0;
    exact.shiftRight(Float80.BIAS + 63 - exp);
    return Rounding.up(rc, sign, (exact.hi & 1) != 0, exact.lo) ? exact.hi + 1 : exact.hi;
  }

  private void raiseRounding(boolean rounded, boolean up) {
    if (rounded) {
      result.flags |= FpStatus.PE | (up ? FpStatus.C1 : 0);
    }
  }

  /**
   * Converts to packed BCD: the sign and upper digits go to the result's {@code signExp} (16 bits),
   * the lower 16 digits to {@code mantissa}. What does not fit 18 digits is invalid and gives the
   * BCD indefinite.
   */
  public void toBcd(int se, long m) {
    int exp = se & Float80.EXP_MASK;
    int sign = se >> 15 & 1;
    if (exp <= Float80.BIAS + 62 && !Float80.isUnsupported(se, m)) {
      long magnitude = integerPart(exp, m, sign, result.roundingControl());
      if (Long.compareUnsigned(magnitude, BCD_LIMIT) < 0) {
        raiseRounding(exact.lo != 0, magnitude != exact.hi);
        long low = 0;
        for (int shift = 0; shift < 64; shift += 4) {
          low |= magnitude % 10 << shift;
          magnitude /= 10;
        }
        result.set(sign << 15 | (int) (magnitude / 10 << 4 | magnitude % 10), low);
        return;
      }
    }
    result.flags |= FpStatus.IE;
    result.set(0xFFFF, 0xC000_0000_0000_0000L);
  }
}
