package org.jvmm.softcpu.fpu;

/**
 * The general case of SSE arithmetic: any rounding control, denormals, infinities, NaNs, every
 * exception (SDM vol. 1, 11.5; NaN results by table 4-7). One code for both formats.
 */
final class SseArithmetic {
  private final Mxcsr mxcsr;
  private final Unrounded exact = new Unrounded();
  private final FloatRounder rounder = new FloatRounder();

  SseArithmetic(Mxcsr mxcsr) {
    this.mxcsr = mxcsr;
  }

  /** The operand, or a zero of its sign if it is denormal under DAZ. */
  long flushed(long bits, FloatFormat f) {
    return mxcsr.denormalsAreZero() && f.isDenormal(bits) ? bits & f.signBit : bits;
  }

  private long invalid(FloatFormat f) {
    mxcsr.raise(FpStatus.IE);
    return f.indefinite;
  }

  /** The first operand that is a NaN, quieted. */
  private long propagated(long a, long b, FloatFormat f) {
    if (f.isSignalingNaN(a) || f.isSignalingNaN(b)) {
      mxcsr.raise(FpStatus.IE);
    }
    return (f.isNaN(a) ? a : b) | f.quietBit;
  }

  private void raiseDenormal(long a, long b, FloatFormat f) {
    if (f.isDenormal(a) || f.isDenormal(b)) {
      mxcsr.raise(FpStatus.DE);
    }
  }

  private long round(FloatFormat f) {
    int sign = exact.sign;
    long bits = rounder.round(exact, f, mxcsr.roundingControl(), mxcsr.masks());
    if (rounder.tiny && mxcsr.flushesTiny()) {
      mxcsr.raise(FpStatus.UE | FpStatus.PE);
      return f.sign(sign);
    }
    mxcsr.raise(rounder.flags);
    return bits;
  }

  /** Rounds an exact value left by {@link SseConvert}. */
  long round(int sign, int exp, long significand, FloatFormat f) {
    exact.sign = sign;
    exact.exp = exp;
    exact.hi = significand;
    exact.lo = 0;
    return round(f);
  }

  /** A + B, or A - B. */
  long add(long a, long b, boolean subtract, FloatFormat f) {
    a = flushed(a, f);
    b = flushed(b, f);
    if (f.isNaN(a) || f.isNaN(b)) {
      return propagated(a, b, f);
    }
    if (subtract) {
      b ^= f.signBit;
    }
    if (f.isInfinity(a) && f.isInfinity(b) && a != b) {
      return invalid(f);
    }
    raiseDenormal(a, b, f);
    if (f.isInfinity(a) || f.isInfinity(b)) {
      return f.isInfinity(a) ? a : b;
    }
    boolean zeroB = f.isZero(b);
    if (f.isZero(a)) {
      return zeroB && a != b ? cancelled(f) : exactOperand(b, f);
    }
    if (zeroB) {
      return exactOperand(a, f);
    }
    exact.add(
        f.sign(a),
        f.normalizedExp(a),
        f.significand(a),
        f.sign(b),
        f.normalizedExp(b),
        f.significand(b));
    return exact.hi == 0 ? cancelled(f) : round(f);
  }

  private long cancelled(FloatFormat f) {
    return mxcsr.roundingControl() == Rounding.DOWN ? f.signBit : 0;
  }

  /** A sum with zero: exact, but a denormal one is still tiny. */
  private long exactOperand(long bits, FloatFormat f) {
    return f.isDenormal(bits)
        ? round(f.sign(bits), f.normalizedExp(bits), f.significand(bits), f)
        : bits;
  }

  /** A * B. */
  long multiply(long a, long b, FloatFormat f) {
    a = flushed(a, f);
    b = flushed(b, f);
    if (f.isNaN(a) || f.isNaN(b)) {
      return propagated(a, b, f);
    }
    boolean infinite = f.isInfinity(a) || f.isInfinity(b);
    boolean zero = f.isZero(a) || f.isZero(b);
    if (infinite && zero) {
      return invalid(f);
    }
    raiseDenormal(a, b, f);
    long sign = (a ^ b) & f.signBit;
    if (infinite) {
      return sign | f.infinity;
    }
    if (zero) {
      return sign;
    }
    exact.multiply(
        f.sign(sign), f.normalizedExp(a), f.significand(a), f.normalizedExp(b), f.significand(b));
    return round(f);
  }

  /** A / B. */
  long divide(long a, long b, FloatFormat f) {
    a = flushed(a, f);
    b = flushed(b, f);
    if (f.isNaN(a) || f.isNaN(b)) {
      return propagated(a, b, f);
    }
    long sign = (a ^ b) & f.signBit;
    boolean infA = f.isInfinity(a);
    boolean infB = f.isInfinity(b);
    if (infA && infB || f.isZero(a) && f.isZero(b)) {
      return invalid(f);
    }
    if (f.isZero(b) && !infA) {
      mxcsr.raise(FpStatus.ZE);
      return sign | f.infinity;
    }
    raiseDenormal(a, b, f);
    if (infA) {
      return sign | f.infinity;
    }
    if (infB || f.isZero(a)) {
      return sign;
    }
    exact.divide(
        f.sign(sign), f.normalizedExp(a), f.significand(a), f.normalizedExp(b), f.significand(b));
    return round(f);
  }

  /** Square root. */
  long squareRoot(long a, FloatFormat f) {
    a = flushed(a, f);
    if (f.isNaN(a)) {
      return propagated(a, a, f);
    }
    if (f.isZero(a)) {
      return a;
    }
    if (f.sign(a) != 0) {
      return invalid(f);
    }
    if (f.isInfinity(a)) {
      return a;
    }
    raiseDenormal(a, a, f);
    exact.squareRoot(f.normalizedExp(a), f.significand(a));
    return round(f);
  }

  /**
   * Orders two operands, raising DE for denormals and IE for a NaN that signals or, if {@code
   * signaling}, for any.
   *
   * @return the condition codes of {@link X87Arithmetic#compare}: 0 greater, C0 less, C3 equal, all
   *     three unordered
   */
  int compare(long a, long b, boolean signaling, FloatFormat f) {
    a = flushed(a, f);
    b = flushed(b, f);
    if (f.isNaN(a) || f.isNaN(b)) {
      if (signaling || f.isSignalingNaN(a) || f.isSignalingNaN(b)) {
        mxcsr.raise(FpStatus.IE);
      }
      return FpStatus.C3 | FpStatus.C2 | FpStatus.C0;
    }
    raiseDenormal(a, b, f);
    if (a == b || f.isZero(a) && f.isZero(b)) {
      return FpStatus.C3;
    }
    return ordinal(a, f) < ordinal(b, f) ? FpStatus.C0 : 0;
  }

  /** A number that orders as the float does; both zeros must be told apart before. */
  private static long ordinal(long bits, FloatFormat f) {
    long magnitude = bits & f.signBit - 1;
    return (bits & f.signBit) != 0 ? -magnitude : magnitude;
  }
}
