package org.jvmm.softcpu.fpu;

import java.math.BigInteger;

/**
 * F2XM1, FYL2X, FYL2XP1 and FPATAN (SDM vol. 1, 8.3.9 and 8.3.10) in 128-bit arithmetic. Results
 * are within half a unit and a hair of the true value; a processor may differ by one unit.
 */
public final class X87Transcendental {
  private static final Wide LN2 = new Wide(-1, 0xB172_17F7_D1CF_79ABL, 0xC9E3_B398_03F2_F6AFL);
  private static final Wide TWO_LOG2E = new Wide(1, 0xB8AA_3B29_5C17_F0BBL, 0xBE87_FED0_691D_3E88L);
  private static final Wide PI = new Wide(1, 0xC90F_DAA2_2168_C234L, 0xC4C6_628B_80DC_1CD1L);
  private static final Wide HALF_PI = new Wide(0, 0xC90F_DAA2_2168_C234L, 0xC4C6_628B_80DC_1CD1L);

  /** Significand of the square root of two. */
  private static final long SQRT2 = 0xB504_F333_F9DE_6484L;

  private static final PowerSeries EXPM1 =
      new PowerSeries(29, k -> X87Trigonometry.factorial(k + 1));
  private static final PowerSeries ATANH = new PowerSeries(25, k -> BigInteger.valueOf(2L * k + 1));
  private static final int ATAN_STEPS = 16;
  private static final Wide[] ATAN = arcTangents();

  private final X87Result result;
  private final Unrounded exact;
  private final Wide a = new Wide();
  private final Wide b = new Wide();
  private final Wide c = new Wide();
  private final Wide sum = new Wide();
  private final Wide x = new Wide();
  private final Wide y = new Wide();

  /** Creates the functions over the given result. */
  public X87Transcendental(X87Result result) {
    this.result = result;
    this.exact = result.exact;
  }

  /**
   * atan(j/16) for j = 0 to 16, by Euler's series sum of 2^2n n!^2 / (2n+1)! * u^(2n+1) /
   * (1+u^2)^(n+1).
   */
  private static Wide[] arcTangents() {
    Wide[] table = new Wide[ATAN_STEPS + 1];
    BigInteger one = BigInteger.ONE.shiftLeft(200);
    table[0] = new Wide();
    for (int j = 1; j <= ATAN_STEPS; j++) {
      BigInteger norm = BigInteger.valueOf(ATAN_STEPS * ATAN_STEPS + j * j);
      BigInteger term = one.multiply(BigInteger.valueOf((long) j * ATAN_STEPS)).divide(norm);
      BigInteger total = BigInteger.ZERO;
      for (int n = 1; term.signum() != 0; n++) {
        total = total.add(term);
        term =
            term.multiply(BigInteger.valueOf(2L * n * j * j))
                .divide(norm.multiply(BigInteger.valueOf(2L * n + 1)));
      }
      table[j] = Wide.of(total, 200);
    }
    return table;
  }

  /**
   * 2^A - 1 for A in -1 to 1. Beyond, the manuals leave the result undefined; the operand comes
   * back unchanged.
   */
  public void exp2Minus1(int se, long m) {
    if (result.settleNaN(se, m)) {
      return;
    }
    int sign = se >> 15 & 1;
    if (Float80.isInfinity(se, m)) {
      if (sign != 0) {
        result.set(Float80.SIGN | Float80.BIAS, Float80.INTEGER_BIT);
      } else {
        result.set(se, m);
      }
      return;
    }
    if (m == 0) {
      result.set(se, m);
      return;
    }
    if (Float80.isDenormal(se, m) && result.denormalStops()) {
      return;
    }
    if ((se & Float80.EXP_MASK) >= Float80.BIAS) {
      boolean minusOne =
          sign != 0 && (se & Float80.EXP_MASK) == Float80.BIAS && m == Float80.INTEGER_BIT;
      result.set(minusOne ? se - 1 : se, m); // 2^-1 - 1 = -0.5 and 2^1 - 1 = 1 are exact
      result.flags |= FpStatus.PE;
      return;
    }
    x.setMagnitude(se, m);
    x.multiply(x, LN2);
    EXPM1.sum(sum, x, sign != 0);
    sum.multiply(sum, x);
    round(sum, sign);
  }

  /** Y * log2(X). */
  public void yLog2X(int seX, long mx, int seY, long my) {
    if (result.settleNaN(seX, mx, seY, my)) {
      return;
    }
    int signY = seY >> 15 & 1;
    if (mx == 0) {
      logOfZero(signY, seY, my);
      return;
    }
    if ((seX & Float80.SIGN) != 0) {
      result.setInvalid();
      return;
    }
    int expX = X87Arithmetic.normalizedExp(seX, mx) - Float80.BIAS;
    long m = X87Arithmetic.normalized(mx);
    boolean one = expX == 0 && m == Float80.INTEGER_BIT;
    boolean infX = Float80.isInfinity(seX, mx);
    boolean infY = Float80.isInfinity(seY, my);
    if (infX && my == 0 || infY && one) {
      result.setInvalid();
      return;
    }
    if ((Float80.isDenormal(seX, mx) || Float80.isDenormal(seY, my)) && result.denormalStops()) {
      return;
    }
    int sign = signY ^ (expX < 0 ? 1 : 0);
    if (infX || infY) {
      result.setInfinity(sign);
    } else if (my == 0 || one) {
      result.setZero(sign);
    } else if (m == Float80.INTEGER_BIT) {
      c.setInteger(Math.abs(expX));
      productWithY(c, sign, seY, my, false);
      boolean tiny = (result.signExp & Float80.EXP_MASK) == 0;
      result.flags |=
          tiny
              ? FpStatus.PE | FpStatus.UE
              : FpStatus.PE; // inexact even when it is not, as measured
    } else {
      log2(expX, m);
      productWithY(c, sign, seY, my, true);
    }
  }

  private void logOfZero(int signY, int seY, long my) {
    if (my == 0) {
      result.setInvalid();
    } else if (Float80.isInfinity(seY, my)) {
      result.setInfinity(signY ^ 1);
    } else {
      result.setDivideByZero(signY ^ 1);
    }
  }

  /** c = |log2(2^exp * m)|, m not one; its sign is that of exp. */
  private void log2(int exp, long m) {
    int k = exp;
    b.set(0, m, 0);
    if (Long.compareUnsigned(m, SQRT2) > 0) {
      k++;
      b.exp = -1;
    }
    a.setInteger(1);
    boolean negative = b.exp < 0;
    if (negative) {
      c.subtract(a, b);
    } else {
      c.subtract(b, a);
    }
    b.add(b, a);
    atanhRatio();
    if (k == 0) {
      return;
    }
    a.setInteger(Math.abs(k));
    if (k < 0 == negative) {
      c.add(a, c);
    } else {
      c.subtract(a, c);
    }
  }

  /** c = 2/ln 2 * atanh(c / b). */
  private void atanhRatio() {
    c.divide(c, b);
    b.multiply(c, c);
    ATANH.sum(sum, b, false);
    c.multiply(c, sum);
    c.multiply(c, TWO_LOG2E);
  }

  private void productWithY(Wide log, int sign, int seY, long my, boolean irrational) {
    y.setMagnitude(seY, my);
    log.multiply(log, y);
    if (irrational) {
      round(log, sign);
    } else {
      exact.sign = sign;
      exact.exp = log.exp + Float80.BIAS;
      exact.hi = log.hi;
      exact.lo = log.lo;
      result.roundExtended();
    }
  }

  /**
   * Y * log2(X + 1), meant for |X| &lt;= 1 - sqrt(1/2); valid above -1 and exact in the same sense
   * there.
   */
  public void yLog2XPlus1(int seX, long mx, int seY, long my) {
    if (result.settleNaN(seX, mx, seY, my)) {
      return;
    }
    int sign = (seX ^ seY) >> 15 & 1;
    boolean infX = Float80.isInfinity(seX, mx);
    boolean infY = Float80.isInfinity(seY, my);
    boolean minusOneOrLess = (seX & Float80.SIGN) != 0 && (seX & Float80.EXP_MASK) >= Float80.BIAS;
    if (infX && (my == 0 || minusOneOrLess) || infY && mx == 0) {
      result.setInvalid();
      return;
    }
    if ((Float80.isDenormal(seX, mx) || Float80.isDenormal(seY, my)) && result.denormalStops()) {
      return;
    }
    if (infX || infY) {
      result.setInfinity(sign);
    } else if (mx == 0 || my == 0) {
      result.setZero(sign);
    } else if (minusOneOrLess) {
      result.setInvalid();
    } else {
      log2Plus1(seX, mx);
      productWithY(c, sign, seY, my, true);
    }
  }

  /** c = |log2(1 + X)|. */
  private void log2Plus1(int seX, long mx) {
    boolean negative = (seX & Float80.SIGN) != 0;
    x.setMagnitude(seX, mx);
    a.setInteger(1);
    if (x.exp >= -1) { // outside the documented range: the sum is exact enough for log2
      if (negative) {
        b.subtract(a, x);
      } else {
        b.add(a, x);
      }
      logOfWide();
      return;
    }
    c.set(x);
    a.setInteger(2);
    if (negative) {
      b.subtract(a, x);
    } else {
      b.add(a, x);
    }
    atanhRatio();
  }

  /** c = |log2(b)| for b not near one. */
  private void logOfWide() {
    int k = b.exp;
    b.exp = 0;
    a.setInteger(1);
    c.subtract(b, a);
    b.add(b, a);
    if (!c.isZero()) {
      atanhRatio();
    }
    a.setInteger(Math.abs(k));
    if (k < 0) {
      c.subtract(a, c);
    } else if (k > 0) {
      c.add(a, c);
    }
  }

  /** Angle of the point (X, Y), -pi to pi (FPATAN). */
  public void arcTangent(int seY, long my, int seX, long mx) {
    if (result.settleNaN(seX, mx, seY, my)) {
      return;
    }
    if ((Float80.isDenormal(seX, mx) || Float80.isDenormal(seY, my)) && result.denormalStops()) {
      return;
    }
    int sign = seY >> 15 & 1;
    boolean left = (seX & Float80.SIGN) != 0;
    boolean infX = Float80.isInfinity(seX, mx);
    boolean infY = Float80.isInfinity(seY, my);
    if (infY) {
      infiniteAngle(sign, infX, left);
    } else if (infX || my == 0) {
      if (left) {
        round(PI, sign);
      } else {
        result.setZero(sign);
      }
    } else if (mx == 0) {
      round(HALF_PI, sign);
    } else {
      x.setMagnitude(seX, mx);
      y.setMagnitude(seY, my);
      finiteAngle(sign, left);
    }
  }

  /** Y infinite: pi/2, or the diagonals when X is infinite too. */
  private void infiniteAngle(int sign, boolean infX, boolean left) {
    if (!infX) {
      round(HALF_PI, sign);
      return;
    }
    c.set(ATAN[ATAN_STEPS]);
    if (left) {
      c.subtract(PI, c);
    }
    round(c, sign);
  }

  private void finiteAngle(int sign, boolean left) {
    boolean steep = y.compareTo(x) > 0;
    if (steep) {
      sum.set(x);
      x.set(y);
      y.set(sum);
    }
    acuteAngle();
    if (steep) {
      if (left) {
        c.add(HALF_PI, c);
      } else {
        c.subtract(HALF_PI, c);
      }
    } else if (left) {
      c.subtract(PI, c);
    }
    round(c, sign);
  }

  /** c = atan(y / x) for y not above x: the nearest sixteenth from a table, the rest by series. */
  private void acuteAngle() {
    int step = nearestStep();
    if (step == 0) {
      c.divide(y, x);
      arcTangentSeries();
      return;
    }
    // tan(alpha - beta) = (y - t x) / (x + t y), scaled by 16
    sum.setInteger(step);
    a.multiply(x, sum);
    b.multiply(y, sum);
    x.exp += 4;
    y.exp += 4;
    b.add(x, b);
    int side = y.compareTo(a);
    if (side == 0) {
      c.set(ATAN[step]);
      return;
    }
    if (side > 0) {
      a.subtract(y, a);
    } else {
      a.subtract(a, y);
    }
    c.divide(a, b);
    arcTangentSeries();
    if (side > 0) {
      c.add(ATAN[step], c);
    } else {
      c.subtract(ATAN[step], c);
    }
  }

  private int nearestStep() {
    int difference = x.exp - y.exp;
    if (difference > 6) {
      return 0;
    }
    return (int) (16.0 * (y.hi >>> 11) / (x.hi >>> 11) / (1 << difference) + 0.5);
  }

  /** c = atan(c) for c up to 1/31. */
  private void arcTangentSeries() {
    b.multiply(c, c);
    ATANH.sum(sum, b, true);
    c.multiply(c, sum);
  }

  /** Rounds an irrational value: always inexact. */
  private void round(Wide value, int sign) {
    exact.sign = sign;
    exact.exp = value.exp + Float80.BIAS;
    exact.hi = value.hi;
    exact.lo = value.lo | 1;
    result.roundExtended();
  }
}
