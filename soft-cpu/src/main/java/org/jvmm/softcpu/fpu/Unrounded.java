package org.jvmm.softcpu.fpu;

/**
 * The exact result of one operation before rounding: (-1)^sign * 2^(exp - BIAS) * hi.lo, where bit
 * 63 of {@code hi} weighs one and {@code lo} continues the fraction, its low bits sticky (nonzero
 * means "more follows"). Zero has hi = 0. Exponents are biased as in {@link Float80} but unbounded.
 *
 * <p>The operations take normalized significands (bit 63 set). Extended and SSE arithmetic share
 * them; only their rounding differs.
 */
final class Unrounded {
  int sign;
  int exp;
  long hi;
  long lo;

  /** High 64 bits of the unsigned product. */
  static long multiplyHigh(long a, long b) {
    return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
  }

  /**
   * Quotient of the 128-bit number high:low by a normalized divisor above {@code high}; Knuth's
   * algorithm D with two 32-bit digits.
   */
  static long divide(long high, long low, long divisor) {
    long d1 = divisor >>> 32;
    long d0 = divisor & 0xFFFF_FFFFL;
    long q1 = digit(high, low >>> 32, d1, d0);
    long rest = (high << 32 | low >>> 32) - q1 * divisor;
    long q0 = digit(rest, low & 0xFFFF_FFFFL, d1, d0);
    return (q1 << 32) + q0;
  }

  private static long digit(long high, long next, long d1, long d0) {
    long q = Long.divideUnsigned(high, d1);
    long r = high - q * d1;
    while (q >>> 32 != 0 || Long.compareUnsigned(q * d0, r << 32 | next) > 0) {
      q--;
      r += d1;
      if (r >>> 32 != 0) {
        break;
      }
    }
    return q;
  }

  /** Shifts lo:hi right by {@code count} (not negative), keeping lost bits sticky. */
  void shiftRight(int count) {
    if (count == 0) {
      return;
    }
    if (count < 64) {
      long lost = lo << -count;
      lo = hi << -count | lo >>> count | (lost != 0 ? 1 : 0);
      hi >>>= count;
    } else if (count == 64) {
      lo = hi | (lo != 0 ? 1 : 0);
      hi = 0;
    } else if (count < 128) {
      long lost = hi << -count | lo;
      lo = hi >>> count | (lost != 0 ? 1 : 0);
      hi = 0;
    } else {
      lo = (hi | lo) != 0 ? 1 : 0;
      hi = 0;
    }
  }

  /**
   * Sum of two signed numbers; an exact cancellation leaves hi = lo = 0 and no meaningful sign.
   * Whether a sum carries is as good as random, so that part has no branch.
   */
  void add(int signA, int expA, long a, int signB, int expB, long b) {
    if (expA < expB) {
      addAligned(signB, expB, b, signA, expA, a);
    } else {
      addAligned(signA, expA, a, signB, expB, b);
    }
  }

  private void addAligned(int signA, int expA, long a, int signB, int expB, long b) {
    hi = b;
    lo = 0;
    shiftRight(expA - expB);
    sign = signA;
    exp = expA;
    if (signA == signB) {
      long sum = a + hi;
      long carry = (a & hi | (a | hi) & ~sum) >>> 63;
      lo = sum << 63 & -carry | lo >>> carry | lo & 1;
      hi = sum >>> carry | carry << 63;
      exp += (int) carry;
      return;
    }
    if (expA == expB && Long.compareUnsigned(a, b) < 0) {
      sign = signB;
      hi = b - a;
    } else {
      hi = a - hi - (lo != 0 ? 1 : 0);
      lo = -lo;
    }
    normalize();
  }

  /** Moves the leading bit to bit 63 of hi; zero stays zero. */
  void normalize() {
    if (hi < 0) {
      return;
    }
    if (hi == 0) {
      hi = lo;
      lo = 0;
      exp -= 64;
      if (hi == 0) {
        return;
      }
    }
    int n = Long.numberOfLeadingZeros(hi);
    if (n != 0) {
      hi = hi << n | lo >>> -n;
      lo <<= n;
      exp -= n;
    }
  }

  /** Exact product. */
  void multiply(int resultSign, int expA, long a, int expB, long b) {
    long high = multiplyHigh(a, b);
    long low = a * b;
    long shift = ~high >>> 63;
    sign = resultSign;
    exp = expA + expB - Float80.BIAS + 1 - (int) shift;
    hi = high << shift | low >>> 63 & shift;
    lo = low << shift;
  }

  /** Quotient to 64 bits, a round bit and sticky. */
  void divide(int resultSign, int expA, long a, int expB, long b) {
    sign = resultSign;
    int below = Long.compareUnsigned(a, b) >>> 31;
    exp = expA - expB + Float80.BIAS - below;
    long low = a << 63 & below - 1L;
    long quotient = divide(a >>> 1 - below, low, b);
    long rest = low - quotient * b;
    hi = quotient;
    // Of two 64-bit significands no quotient is a tie, so comparing twice the remainder with the
    // divisor settles every rounding mode.
    boolean aboveHalf = rest < 0 || Long.compareUnsigned(rest << 1, b) > 0;
    lo = rest == 0 ? 0 : aboveHalf ? Long.MIN_VALUE | 1 : 1;
  }

  /** Square root of a positive number to 64 bits, a round bit and sticky. */
  void squareRoot(int expA, long a) {
    int e = expA - Float80.BIAS;
    boolean even = (e & 1) == 0;
    long high = even ? a >>> 1 : a;
    long low = even ? a << 63 : 0;
    sign = 0;
    exp = (e >> 1) + Float80.BIAS;
    double estimate = Math.sqrt(toDouble(high)) * 0x1p32;
    long root = estimate >= 0x1p64 ? -1L : ((long) (estimate * 0.5) << 1);
    long restHigh =
        high - multiplyHigh(root, root) - (Long.compareUnsigned(low, root * root) < 0 ? 1 : 0);
    long restLow = low - root * root;
    // One Newton step in double takes the 53-bit estimate to within a few units.
    long step = (long) ((restHigh * 0x1p64 + toDouble(restLow)) / (2 * toDouble(root)));
    long next = root + step;
    root = step > 0 && next >= 0 ? -1L : next;
    restHigh =
        high - multiplyHigh(root, root) - (Long.compareUnsigned(low, root * root) < 0 ? 1 : 0);
    restLow = low - root * root;
    while (restHigh < 0) { // root too large: (r-1)^2 = r^2 - 2(r-1) - 1
      root--;
      long gain = root << 1 | 1;
      restLow += gain;
      restHigh += (root >>> 63) + (Long.compareUnsigned(restLow, gain) < 0 ? 1 : 0);
    }
    while (exceedsTwice(restHigh, restLow, root)) {
      long loss = root << 1 | 1;
      restHigh -= (root >>> 63) + (Long.compareUnsigned(restLow, loss) < 0 ? 1 : 0);
      restLow -= loss;
      root++;
    }
    hi = root;
    boolean aboveHalf = restHigh != 0 || Long.compareUnsigned(restLow, root) > 0;
    lo = (restHigh | restLow) == 0 ? 0 : aboveHalf ? Long.MIN_VALUE | 1 : 1;
  }

  /** high:low > 2 * root, so that root + 1 is still a lower bound. */
  private static boolean exceedsTwice(long high, long low, long root) {
    long twiceHigh = root >>> 63;
    return high > twiceHigh || high == twiceHigh && Long.compareUnsigned(low, root << 1) > 0;
  }

  private static double toDouble(long unsigned) {
    return unsigned >= 0 ? unsigned : ((unsigned >>> 1) | (unsigned & 1)) * 2.0;
  }
}
