package org.jvmm.softcpu.fpu;

import java.math.BigInteger;
import java.util.function.IntFunction;

/**
 * A power series with positive, not increasing coefficients of which the first is one, summed in
 * 128-bit fixed point (bit 127 weighs one) by Horner's rule for an argument below one.
 */
final class PowerSeries {
  private static final BigInteger ONE = BigInteger.ONE.shiftLeft(127);

  private final long[] high;
  private final long[] low;

  /** Creates the series of 1/denominator(k) for k = 0 to terms - 1. */
  PowerSeries(int terms, IntFunction<BigInteger> denominator) {
    high = new long[terms];
    low = new long[terms];
    for (int k = 0; k < terms; k++) {
      BigInteger c = ONE.divide(denominator.apply(k));
      high[k] = c.shiftRight(64).longValue();
      low[k] = c.longValue();
    }
  }

  /**
   * Sums the series.
   *
   * @param sum receives the value, normalized
   * @param argument zero or below one
   * @param alternating true for the series in -argument
   */
  void sum(Wide sum, Wide argument, boolean alternating) {
    int shift = -1 - argument.exp;
    if (argument.isZero() || shift > 127) {
      setOne(sum, argument.isZero() ? 0 : alternating ? -1 : 1);
      return;
    }
    long tHi = shift < 64 ? argument.hi >>> shift : 0;
    long tLo =
        shift == 0
            ? argument.lo
            : shift < 64
                ? argument.hi << -shift | argument.lo >>> shift
                : argument.hi >>> shift - 64;
    int k = high.length - 1;
    long pHi = high[k];
    long pLo = low[k];
    while (--k >= 0) {
      long middle = Unrounded.multiplyHigh(tHi, pLo);
      long other = Unrounded.multiplyHigh(tLo, pHi);
      long productLo = tHi * pHi;
      long productHi = Unrounded.multiplyHigh(tHi, pHi);
      productLo += middle;
      productHi += Long.compareUnsigned(productLo, middle) < 0 ? 1 : 0;
      productLo += other;
      productHi += Long.compareUnsigned(productLo, other) < 0 ? 1 : 0;
      if (alternating) {
        pHi = high[k] - productHi - (Long.compareUnsigned(low[k], productLo) < 0 ? 1 : 0);
        pLo = low[k] - productLo;
      } else {
        pLo = low[k] + productLo;
        pHi = high[k] + productHi + (Long.compareUnsigned(pLo, productLo) < 0 ? 1 : 0);
      }
    }
    setFixed(sum, pHi, pLo);
  }

  /**
   * One, or the nearest value beside it so that a vanishing term still shows in a directed
   * rounding.
   */
  private static void setOne(Wide sum, int side) {
    setFixed(sum, side < 0 ? Long.MAX_VALUE : Long.MIN_VALUE, side);
  }

  private static void setFixed(Wide sum, long hi, long lo) {
    if (hi < 0) {
      sum.set(0, hi, lo);
    } else {
      int n = Long.numberOfLeadingZeros(hi);
      sum.set(-n, hi << n | lo >>> -n, lo << n);
    }
  }
}
