package org.jvmm.softcpu.fpu;

/**
 * SSE conversions between integers, binary32 and binary64, and rounding to integral values (SDM
 * vol. 1, 4.9 and 11.4; vol. 2, CVTxx and ROUNDxx). Raw bits in and out; exceptions go to the
 * {@link Mxcsr}.
 */
public final class SseConvert {
  private static final FloatFormat S = FloatFormat.SINGLE;
  private static final FloatFormat D = FloatFormat.DOUBLE;
  private static final int IMM_RC = 3;
  private static final int IMM_USE_MXCSR = 4;
  private static final int IMM_SUPPRESS_PRECISION = 8;

  private final Mxcsr mxcsr;
  private final SseArithmetic general;
  private final Unrounded exact = new Unrounded();

  /** Creates conversions under the given control and status register. */
  public SseConvert(Mxcsr mxcsr) {
    this.mxcsr = mxcsr;
    this.general = new SseArithmetic(mxcsr);
  }

  /** CVTSI2SS, CVTDQ2PS: a signed integer, sign-extended, to binary32. */
  public int integerToFloat32(long value) {
    if (mxcsr.hostLike() && (int) value == value) {
      float rounded = (float) value;
      if (rounded != (double) value) {
        mxcsr.raise(FpStatus.PE);
      }
      return Float.floatToRawIntBits(rounded);
    }
    return (int) fromInteger(value, S);
  }

  /** CVTSI2SD, CVTDQ2PD: a signed integer, sign-extended, to binary64. */
  public long integerToFloat64(long value) {
    return (int) value == value
        ? Double.doubleToRawLongBits((double) value)
        : fromInteger(value, D);
  }

  private long fromInteger(long value, FloatFormat f) {
    if (value == 0) {
      return 0;
    }
    long magnitude = Math.abs(value);
    int shift = Long.numberOfLeadingZeros(magnitude);
    return general.round(value < 0 ? 1 : 0, Float80.BIAS + 63 - shift, magnitude << shift, f);
  }

  /** CVTSS2SD, CVTPS2PD. */
  public long float32ToFloat64(int bits) {
    int exp = bits >>> 23 & 0xFF;
    if (exp != 0 && exp != 0xFF) {
      return Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
    }
    return convert(bits & 0xFFFF_FFFFL, S, D);
  }

  /** CVTSD2SS, CVTPD2PS. */
  public int float64ToFloat32(long bits) {
    int exp = (int) (bits >>> 52) & 0x7FF;
    if (mxcsr.hostLike() && exp > 1023 - 126 && exp < 1023 + 127) {
      double x = Double.longBitsToDouble(bits);
      float rounded = (float) x;
      if (rounded != x) {
        mxcsr.raise(FpStatus.PE);
      }
      return Float.floatToRawIntBits(rounded);
    }
    return (int) convert(bits, D, S);
  }

  private long convert(long bits, FloatFormat from, FloatFormat to) {
    long a = general.flushed(bits, from);
    long sign = to.sign(from.sign(a));
    if (from.isZero(a)) {
      return sign;
    }
    if (from.isNaN(a)) {
      if (from.isSignalingNaN(a)) {
        mxcsr.raise(FpStatus.IE);
      }
      return sign | to.infinity | to.quietBit | from.significand(a) << 1 >>> 1 + to.discardedBits;
    }
    if (from.isInfinity(a)) {
      return sign | to.infinity;
    }
    if (from.isDenormal(a)) {
      mxcsr.raise(FpStatus.DE);
    }
    return general.round(from.sign(a), from.normalizedExp(a), from.significand(a), to);
  }

  /** CVTSD2SI, CVTPD2DQ or, truncating, CVTTSD2SI, CVTTPD2DQ. See {@link #float32ToInteger}. */
  public long float64ToInteger(long bits, int width, boolean truncate) {
    int exp = (int) (bits >>> 52) & 0x7FF;
    if (truncate && exp != 0 && exp < 1023 + width - 1) {
      double x = Double.longBitsToDouble(bits);
      long integer = (long) x;
      if (integer != x) {
        mxcsr.raise(FpStatus.PE);
      }
      return integer;
    }
    return toInteger(bits, D, width, truncate);
  }

  /**
   * CVTSS2SI, CVTPS2DQ, CVTPS2PI or, truncating, CVTTSS2SI and its kin.
   *
   * @param width 32 or 64 bits
   * @return the integer, sign-extended; what does not fit is invalid and gives the integer
   *     indefinite -2^(width-1)
   */
  public long float32ToInteger(int bits, int width, boolean truncate) {
    return toInteger(bits & 0xFFFF_FFFFL, S, width, truncate);
  }

  private long toInteger(long bits, FloatFormat f, int width, boolean truncate) {
    long a = general.flushed(bits, f);
    if (f.isZero(a)) {
      return 0;
    }
    long indefinite = -1L << width - 1;
    int exp = f.normalizedExp(a) - Float80.BIAS;
    if (f.exp(a) != f.maxExp && exp < 64) {
      int rc = truncate ? Rounding.ZERO : mxcsr.roundingControl();
      boolean negative = f.sign(a) != 0;
      long magnitude = integerPart(a, f, exp, rc);
      int order = Long.compareUnsigned(magnitude, 1L << width - 1);
      if (order < 0 || order == 0 && negative) {
        mxcsr.raise(exact.lo != 0 ? FpStatus.PE : 0);
        return negative ? -magnitude : magnitude;
      }
    }
    mxcsr.raise(FpStatus.IE);
    return indefinite;
  }

  /** Magnitude rounded to an integer; exact.lo keeps the fraction that was rounded away. */
  private long integerPart(long bits, FloatFormat f, int exp, int rc) {
    exact.hi = f.significand(bits);
    exact.lo = 0;
    exact.shiftRight(63 - exp);
    return Rounding.up(rc, f.sign(bits), (exact.hi & 1) != 0, exact.lo) ? exact.hi + 1 : exact.hi;
  }

  /**
   * ROUNDSD, ROUNDPD: to an integral value, rounding by the immediate (SDM vol. 2, figure "Bit
   * control fields of immediate byte").
   */
  public long round64(long bits, int immediate) {
    return roundToIntegral(bits, D, immediate);
  }

  /** ROUNDSS, ROUNDPS; see {@link #round64}. */
  public int round32(int bits, int immediate) {
    return (int) roundToIntegral(bits & 0xFFFF_FFFFL, S, immediate);
  }

  private long roundToIntegral(long bits, FloatFormat f, int immediate) {
    long a = general.flushed(bits, f);
    if (f.isNaN(a)) {
      if (f.isSignalingNaN(a)) {
        mxcsr.raise(FpStatus.IE);
      }
      return a | f.quietBit;
    }
    int exp = f.isZero(a) ? 0 : f.normalizedExp(a) - Float80.BIAS;
    if (f.isZero(a) || exp >= f.fractionBits) {
      return a;
    }
    int rc = (immediate & IMM_USE_MXCSR) != 0 ? mxcsr.roundingControl() : immediate & IMM_RC;
    long magnitude = integerPart(a, f, exp, rc);
    if (exact.lo != 0 && (immediate & IMM_SUPPRESS_PRECISION) == 0) {
      mxcsr.raise(FpStatus.PE);
    }
    long sign = a & f.signBit;
    if (magnitude == 0) {
      return sign;
    }
    int shift = Long.numberOfLeadingZeros(magnitude);
    long fraction = magnitude << shift + 1 >>> 1 + f.discardedBits;
    return sign | (long) (63 - shift + f.bias) << f.fractionBits | fraction;
  }
}
