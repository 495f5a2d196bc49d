package org.jvmm.softcpu.fpu;

/**
 * Basic arithmetic of the x87 on 80-bit operands (SDM vol. 1, 8.3.5 and 8.5). Operands are signExp
 * and mantissa pairs as in {@link Float80}; the outcome is left in the {@link X87Result}.
 * Exceptions are found in the order of SDM vol. 1, 4.9.2: invalid, QNaN, divide by zero, denormal,
 * then those of rounding.
 */
public final class X87Arithmetic {
  private final X87Result result;
  private final Unrounded exact;

  /** Creates arithmetic that rounds under, and answers in, the given result. */
  public X87Arithmetic(X87Result result) {
    this.result = result;
    this.exact = result.exact;
  }

  /**
   * Biased exponent of a nonzero finite operand after {@link #normalized}: denormals count from 1
   * down.
   */
  static int normalizedExp(int signExp, long mantissa) {
    int exp = signExp & Float80.EXP_MASK;
    return exp == 0 ? 1 - Long.numberOfLeadingZeros(mantissa) : exp;
  }

  /** Significand with its leading bit moved to bit 63. */
  static long normalized(long mantissa) {
    return mantissa < 0 ? mantissa : mantissa << Long.numberOfLeadingZeros(mantissa);
  }

  /** A + B. */
  public void add(int seA, long a, int seB, long b) {
    if (Float80.isNormal(seA, a) && Float80.isNormal(seB, b)) {
      addFinite(seA, a, seB, b);
    } else {
      addSpecial(seA, a, seB, b);
    }
  }

  /** A - B. */
  public void subtract(int seA, long a, int seB, long b) {
    if (Float80.isNormal(seB, b)) {
      add(seA, a, seB ^ Float80.SIGN, b);
    } else if (!result.settleNaN(seA, a, seB, b)) { // a NaN keeps its sign
      add(seA, a, seB ^ Float80.SIGN, b);
    }
  }

  private void addFinite(int seA, long a, int seB, long b) {
    exact.add(
        seA >> 15 & 1,
        normalizedExp(seA, a),
        normalized(a),
        seB >> 15 & 1,
        normalizedExp(seB, b),
        normalized(b));
    if (exact.hi == 0) {
      result.setZero(result.roundingControl() == Rounding.DOWN ? 1 : 0);
    } else {
      result.round();
    }
  }

  private void addSpecial(int seA, long a, int seB, long b) {
    if (result.settleNaN(seA, a, seB, b)) {
      return;
    }
    boolean infA = Float80.isInfinity(seA, a);
    boolean infB = Float80.isInfinity(seB, b);
    if (infA && infB && seA != seB) {
      result.setInvalid();
      return;
    }
    if (denormalStops(seA, a, seB, b)) {
      return;
    }
    if (infA || infB) {
      result.set(infA ? seA : seB, Float80.INTEGER_BIT);
    } else if (a == 0 && b == 0) {
      int sign = seA == seB ? seA >> 15 & 1 : result.roundingControl() == Rounding.DOWN ? 1 : 0;
      result.setZero(sign);
    } else if (a == 0) {
      roundOperand(seB, b);
    } else if (b == 0) {
      roundOperand(seA, a);
    } else {
      addFinite(seA, a, seB, b);
    }
  }

  private void roundOperand(int se, long m) {
    load(se, m);
    result.round();
  }

  private void load(int se, long m) {
    exact.sign = se >> 15 & 1;
    exact.exp = normalizedExp(se, m);
    exact.hi = normalized(m);
    exact.lo = 0;
  }

  private boolean denormalStops(int seA, long a, int seB, long b) {
    return (Float80.isDenormal(seA, a) || Float80.isDenormal(seB, b)) && result.denormalStops();
  }

  /** A * B. */
  public void multiply(int seA, long a, int seB, long b) {
    int sign = (seA ^ seB) >> 15 & 1;
    if (!Float80.isNormal(seA, a) || !Float80.isNormal(seB, b)) {
      if (multiplySpecial(sign, seA, a, seB, b)) {
        return;
      }
    }
    exact.multiply(
        sign, normalizedExp(seA, a), normalized(a), normalizedExp(seB, b), normalized(b));
    result.round();
  }

  private boolean multiplySpecial(int sign, int seA, long a, int seB, long b) {
    if (result.settleNaN(seA, a, seB, b)) {
      return true;
    }
    boolean infinite = Float80.isInfinity(seA, a) || Float80.isInfinity(seB, b);
    boolean zero = a == 0 || b == 0;
    if (infinite && zero) {
      result.setInvalid();
      return true;
    }
    if (denormalStops(seA, a, seB, b)) {
      return true;
    }
    if (infinite) {
      result.setInfinity(sign);
    } else if (zero) {
      result.setZero(sign);
    }
    return infinite || zero;
  }

  /** A / B. */
  public void divide(int seA, long a, int seB, long b) {
    int sign = (seA ^ seB) >> 15 & 1;
    if (!Float80.isNormal(seA, a) || !Float80.isNormal(seB, b)) {
      if (divideSpecial(sign, seA, a, seB, b)) {
        return;
      }
    }
    exact.divide(sign, normalizedExp(seA, a), normalized(a), normalizedExp(seB, b), normalized(b));
    result.round();
  }

  private boolean divideSpecial(int sign, int seA, long a, int seB, long b) {
    if (result.settleNaN(seA, a, seB, b)) {
      return true;
    }
    boolean infA = Float80.isInfinity(seA, a);
    boolean infB = Float80.isInfinity(seB, b);
    if (infA && infB || a == 0 && b == 0) {
      result.setInvalid();
      return true;
    }
    if (b == 0 && !infA) {
      result.setDivideByZero(sign);
      return true;
    }
    if (denormalStops(seA, a, seB, b)) {
      return true;
    }
    if (infA) {
      result.setInfinity(sign);
    } else if (infB || a == 0) {
      result.setZero(sign);
    }
    return infA || infB || a == 0;
  }

  /** Square root. */
  public void squareRoot(int se, long m) {
    if (!Float80.isNormal(se, m) || (se & Float80.SIGN) != 0) {
      if (result.settleNaN(se, m)) {
        return;
      }
      if (m == 0) {
        result.set(se, 0);
        return;
      }
      if ((se & Float80.SIGN) != 0) {
        result.setInvalid();
        return;
      }
      if (Float80.isInfinity(se, m)) {
        result.set(se, m);
        return;
      }
      if (Float80.isDenormal(se, m) && result.denormalStops()) {
        return;
      }
    }
    exact.squareRoot(normalizedExp(se, m), normalized(m));
    result.round();
  }

  /**
   * Compares A with B.
   *
   * @param quiet true for FUCOM: only a signaling NaN is invalid, not a quiet one
   * @return the condition codes: 0 for A &gt; B, C0 for less, C3 for equal, C3|C2|C0 for unordered
   */
  public int compare(int seA, long a, int seB, long b, boolean quiet) {
    boolean unsupported = Float80.isUnsupported(seA, a) || Float80.isUnsupported(seB, b);
    if (unsupported || Float80.isNaN(seA, a) || Float80.isNaN(seB, b)) {
      if (!quiet
          || unsupported
          || Float80.isSignalingNaN(seA, a)
          || Float80.isSignalingNaN(seB, b)) {
        result.flags |= FpStatus.IE;
      }
      return FpStatus.C3 | FpStatus.C2 | FpStatus.C0;
    }
    if (Float80.isDenormal(seA, a) || Float80.isDenormal(seB, b)) {
      result.flags |= FpStatus.DE;
    }
    if ((a | b) == 0) {
      return FpStatus.C3;
    }
    boolean negative = (seA & Float80.SIGN) != 0;
    if (((seA ^ seB) & Float80.SIGN) != 0) {
      return negative ? FpStatus.C0 : 0;
    }
    int order = compareMagnitude(seA & Float80.EXP_MASK, a, seB & Float80.EXP_MASK, b);
    if (order == 0) {
      return FpStatus.C3;
    }
    return order < 0 != negative ? FpStatus.C0 : 0;
  }

  private static int compareMagnitude(int expA, long a, int expB, long b) {
    // A pseudo-denormal has the weight of exponent 1.
    int order = Integer.compare(Math.max(expA, 1), Math.max(expB, 1));
    return order != 0 ? order : Long.compareUnsigned(a, b);
  }

  /** Rounds to an integral value under the rounding control (FRNDINT). */
  public void roundToInteger(int se, long m) {
    if (result.settleNaN(se, m)) {
      return;
    }
    int exp = se & Float80.EXP_MASK;
    if (m == 0 || exp >= Float80.BIAS + 63) {
      result.set(se, m);
      return;
    }
    if (exp == 0 && result.denormalStops()) {
      return;
    }
    int sign = se >> 15 & 1;
    exact.hi = m;
    exact.lo = 0;
    exact.shiftRight(Float80.BIAS + 63 - exp); // hi is now the integer part, lo the fraction
    long integer = exact.hi;
    if (exact.lo != 0) {
      result.flags |= FpStatus.PE;
      if (Rounding.up(result.roundingControl(), sign, (integer & 1) != 0, exact.lo)) {
        result.flags |= FpStatus.C1;
        integer++;
      }
    }
    if (integer == 0) {
      result.setZero(sign);
    } else {
      int shift = Long.numberOfLeadingZeros(integer);
      result.set(sign << 15 | Float80.BIAS + 63 - shift, integer << shift);
    }
  }

  /** A * 2^trunc(B) (FSCALE; SDM vol. 2, table "FSCALE results"). */
  public void scale(int seA, long a, int seB, long b) {
    if (result.settleNaN(seA, a, seB, b)) {
      return;
    }
    int sign = seA >> 15 & 1;
    boolean down = (seB & Float80.SIGN) != 0;
    boolean infA = Float80.isInfinity(seA, a);
    if (Float80.isInfinity(seB, b)) {
      if (down ? infA : a == 0) {
        result.setInvalid();
      } else if (!(Float80.isDenormal(seA, a) && result.denormalStops())) {
        if (down) {
          result.setZero(sign);
        } else {
          result.setInfinity(sign);
        }
      }
      return;
    }
    if (denormalStops(seA, a, seB, b)) {
      return;
    }
    if (infA || a == 0) {
      result.set(seA, a);
      return;
    }
    load(seA, a);
    exact.exp += truncate(seB, b);
    result.roundExtended();
  }

  /** Integer part of a finite number, saturated far beyond any exponent. */
  private static int truncate(int se, long m) {
    int exp = (se & Float80.EXP_MASK) - Float80.BIAS;
    if (exp < 0 || m == 0) {
      return 0;
    }
    int magnitude = exp > 16 ? 0x20000 : (int) (m >>> 63 - exp);
    return (se & Float80.SIGN) != 0 ? -magnitude : magnitude;
  }

  /**
   * Unbiased exponent of the operand as a number (FXTRACT, first half); zero raises ZE and gives
   * minus infinity.
   */
  public void extractExponent(int se, long m) {
    if (result.settleNaN(se, m)) {
      return;
    }
    if (Float80.isInfinity(se, m)) {
      result.setInfinity(0);
    } else if (m == 0) {
      result.setDivideByZero(1);
    } else if (!Float80.isDenormal(se, m) || !result.denormalStops()) {
      setInteger(normalizedExp(se, m) - Float80.BIAS);
    }
  }

  private void setInteger(int value) {
    if (value == 0) {
      result.setZero(0);
      return;
    }
    long magnitude = Math.abs((long) value);
    int shift = Long.numberOfLeadingZeros(magnitude);
    result.set((value < 0 ? Float80.SIGN : 0) | Float80.BIAS + 63 - shift, magnitude << shift);
  }

  /**
   * Significand of the operand with the exponent of 1.0 (FXTRACT, second half); raises nothing that
   * {@link #extractExponent} did not.
   */
  public void extractSignificand(int se, long m) {
    if (result.settleNaN(se, m)) {
      return;
    }
    if (m == 0 || Float80.isInfinity(se, m)) {
      result.set(se, m);
    } else {
      result.set(se & Float80.SIGN | Float80.BIAS, normalized(m));
    }
  }
}
