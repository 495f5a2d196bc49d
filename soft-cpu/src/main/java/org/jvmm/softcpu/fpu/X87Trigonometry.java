package org.jvmm.softcpu.fpu;

import java.math.BigInteger;

/**
 * FSIN, FCOS, FSINCOS and FPTAN (SDM vol. 1, 8.3.8 and 8.3.10). The argument is reduced, exactly,
 * by the processor's 66-bit pi; the series keep 120 bits, so results are within half a unit and a
 * hair of the function of the reduced argument.
 */
public final class X87Trigonometry {
  /** High 64 bits of the 66-bit pi/2 in units of 2^-65; the two bits below are ones. */
  private static final long HALF_PI_HIGH = 0xC90F_DAA2_2168_C234L;

  private static final int LOW_BITS = 3;
  private static final PowerSeries SINE = new PowerSeries(17, k -> factorial(2 * k + 1));
  private static final PowerSeries COSINE = new PowerSeries(17, k -> factorial(2 * k));

  private final X87Result result;
  private final Wide rest = new Wide();
  private final Wide square = new Wide();
  private final Wide sine = new Wide();
  private final Wide cosine = new Wide();
  private int quadrant;
  private int restSign;
  private int sign;

  /** Creates the functions over the given result. */
  public X87Trigonometry(X87Result result) {
    this.result = result;
  }

  static BigInteger factorial(int n) {
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= n; i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return product;
  }

  /**
   * True when the argument is finite and its magnitude 2^63 or more: C2 is to be set and the
   * operand left alone.
   */
  public static boolean outOfRange(int se, long m) {
    int exp = se & Float80.EXP_MASK;
    return exp >= Float80.BIAS + 63 && exp != Float80.EXP_MASK && m < 0;
  }

  /**
   * Reduces an argument that is not {@link #outOfRange}.
   *
   * @return false when the result is already settled, by NaN, infinity or an unmasked denormal
   *     exception
   */
  public boolean reduce(int se, long m) {
    if (result.settleNaN(se, m)) {
      return false;
    }
    if (Float80.isInfinity(se, m)) {
      result.setInvalid();
      return false;
    }
    if (Float80.isDenormal(se, m) && result.denormalStops()) {
      return false;
    }
    sign = se >> 15 & 1;
    restSign = sign;
    quadrant = 0;
    if (m == 0) {
      rest.set(0, 0, 0);
      square.set(rest);
      return true;
    }
    rest.setMagnitude(se, m);
    if (rest.exp >= -1) {
      reduceByHalfPi();
    }
    square.multiply(rest, rest);
    return true;
  }

  /** rest, of exponent -1 to 62, becomes its distance to the nearest multiple of pi/2. */
  private void reduceByHalfPi() {
    int shift = rest.exp + 2; // to units of 2^-65
    long m = rest.hi;
    long xHi = m >>> 64 - shift;
    long xLo = shift == 64 ? 0 : m << shift;
    if (shift == 64) {
      xHi = m;
    }
    // The divisor without its two low bits gives a quotient at most one too large.
    long q = Unrounded.divide(xHi >>> 2, xHi << 62 | xLo >>> 2, HALF_PI_HIGH);
    long kHi = HALF_PI_HIGH >>> 62;
    long kLo = HALF_PI_HIGH << 2 | LOW_BITS;
    long product = q * kLo;
    long rLo = xLo - product;
    long rHi = xHi - Unrounded.multiplyHigh(q, kLo) - q * kHi - borrow(xLo, product);
    if (rHi < 0) {
      q--;
      rLo += kLo;
      rHi += kHi + borrow(rLo, kLo);
    }
    long otherLo = kLo - rLo;
    long otherHi = kHi - rHi - borrow(kLo, rLo);
    if (otherHi < rHi || otherHi == rHi && Long.compareUnsigned(otherLo, rLo) < 0) {
      q++;
      rHi = otherHi;
      rLo = otherLo;
      restSign ^= 1;
    }
    // A multiple of the odd 66-bit constant has more than 64 significant bits, so the rest is never
    // zero.
    quadrant = (int) q & 3;
    int zeros = rHi != 0 ? Long.numberOfLeadingZeros(rHi) : 64 + Long.numberOfLeadingZeros(rLo);
    if (zeros >= 64) {
      rest.set(62 - zeros, rLo << zeros, 0);
    } else {
      rest.set(62 - zeros, rHi << zeros | rLo >>> -zeros, rLo << zeros);
    }
  }

  private static long borrow(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? 1 : 0;
  }

  /** Sine of the reduced argument. */
  public void sine() {
    if (rest.isZero()) {
      result.setZero(sign);
    } else if ((quadrant & 1) == 0) {
      computeSine();
      round(sine, restSign ^ halfTurn(quadrant));
    } else {
      computeCosine();
      round(cosine, sign ^ halfTurn(quadrant));
    }
  }

  /** Cosine of the reduced argument. */
  public void cosine() {
    if (rest.isZero()) {
      result.set(Float80.BIAS, Float80.INTEGER_BIT);
    } else if ((quadrant & 1) == 0) {
      computeCosine();
      round(cosine, halfTurn(quadrant));
    } else {
      computeSine();
      round(sine, restSign ^ sign ^ halfTurn(quadrant) ^ 1);
    }
  }

  /** Tangent of the reduced argument. */
  public void tangent() {
    if (rest.isZero()) {
      result.setZero(sign);
      return;
    }
    if (square.exp < -127
        && (quadrant & 1)
            == 0) { // a hair above the argument; the quotient of the series could not tell
      round(rest, restSign);
      return;
    }
    computeSine();
    computeCosine();
    if ((quadrant & 1) == 0) {
      sine.divide(sine, cosine);
    } else {
      sine.divide(cosine, sine);
    }
    round(sine, restSign ^ quadrant & 1);
  }

  private static int halfTurn(int quadrant) {
    return quadrant >> 1;
  }

  private void computeSine() {
    SINE.sum(sine, square, true);
    sine.multiply(sine, rest);
  }

  private void computeCosine() {
    COSINE.sum(cosine, square, true);
  }

  /** Rounds an irrational value: always inexact. */
  private void round(Wide value, int resultSign) {
    Unrounded exact = result.exact;
    exact.sign = resultSign;
    exact.exp = value.exp + Float80.BIAS;
    exact.hi = value.hi;
    exact.lo = value.lo | 1;
    result.roundExtended();
  }
}
