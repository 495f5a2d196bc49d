package org.jvmm.softcpu.fpu;

import java.math.BigInteger;

/**
 * A nonnegative number with a 128-bit significand, the working precision of the transcendental
 * functions: hi:lo * 2^(exp - 127), bit 63 of {@code hi} set, or zero with hi = lo = 0. Operations
 * truncate, so each loses less than two units of 2^-127 relative.
 */
final class Wide {
  int exp;
  long hi;
  long lo;

  Wide() {}

  Wide(int exp, long hi, long lo) {
    set(exp, hi, lo);
  }

  /** The nearest Wide below numerator / 2^scale; for constants. */
  static Wide of(BigInteger numerator, int scale) {
    int shift = numerator.bitLength() - 128;
    BigInteger top = numerator.shiftRight(shift);
    return new Wide(127 + shift - scale, top.shiftRight(64).longValue(), top.longValue());
  }

  void set(int newExp, long newHi, long newLo) {
    exp = newExp;
    hi = newHi;
    lo = newLo;
  }

  void set(Wide other) {
    set(other.exp, other.hi, other.lo);
  }

  /** Takes the magnitude of a nonzero finite 80-bit operand. */
  void setMagnitude(int signExp, long mantissa) {
    set(
        X87Arithmetic.normalizedExp(signExp, mantissa) - Float80.BIAS,
        X87Arithmetic.normalized(mantissa),
        0);
  }

  void setInteger(int value) {
    set(63, value, 0);
    normalize();
  }

  boolean isZero() {
    return (hi | lo) == 0;
  }

  private void normalize() {
    if (hi == 0) {
      hi = lo;
      lo = 0;
      exp -= 64;
    }
    if (hi > 0) {
      int n = Long.numberOfLeadingZeros(hi);
      hi = hi << n | lo >>> -n;
      lo <<= n;
      exp -= n;
    }
  }

  /** this = a * b, neither zero. */
  void multiply(Wide a, Wide b) {
    int e = a.exp + b.exp + 1;
    long p1 = Unrounded.multiplyHigh(a.hi, b.hi);
    long p0 = a.hi * b.hi;
    long middle = Unrounded.multiplyHigh(a.lo, b.lo);
    long x = a.hi * b.lo;
    long y = a.lo * b.hi;
    long carry = 0;
    middle += x;
    carry += below(middle, x);
    middle += y;
    carry += below(middle, y);
    x = Unrounded.multiplyHigh(a.hi, b.lo);
    y = Unrounded.multiplyHigh(a.lo, b.hi);
    p0 += carry;
    p1 += below(p0, carry);
    p0 += x;
    p1 += below(p0, x);
    p0 += y;
    p1 += below(p0, y);
    if (p1 < 0) {
      set(e, p1, p0);
    } else {
      set(e - 1, p1 << 1 | p0 >>> 63, p0 << 1 | middle >>> 63);
    }
  }

  /** this = a / b, neither zero. */
  void divide(Wide a, Wide b) {
    long n2 = a.hi;
    long n1 = a.lo;
    long n0 = 0;
    int e = a.exp - b.exp;
    if (compareBits(n2, n1, b.hi, b.lo) >= 0) {
      n0 = n1 << 63;
      n1 = n2 << 63 | n1 >>> 1;
      n2 >>>= 1;
    } else {
      e--;
    }
    long bHi = b.hi;
    long bLo = b.lo;
    long q1 = digit(n2, n1, n0, bHi, bLo);
    long r0 = n0 - q1 * bLo;
    long r1 = n1 - q1 * bHi - Unrounded.multiplyHigh(q1, bLo) - below(n0, q1 * bLo);
    long q0 = digit(r1, r0, 0, bHi, bLo);
    set(e, q1, q0);
  }

  /** floor((n2:n1:n0) / (bHi:bLo)) where n2:n1 is below the normalized divisor. */
  private static long digit(long n2, long n1, long n0, long bHi, long bLo) {
    long q;
    long r;
    if (n2 == bHi) {
      q = -1;
      r = n1 + bHi;
      if (below(r, bHi) != 0) {
        return q;
      }
    } else {
      q = Unrounded.divide(n2, n1, bHi);
      r = n1 - q * bHi;
    }
    while (compareBits(Unrounded.multiplyHigh(q, bLo), q * bLo, r, n0) > 0) {
      q--;
      r += bHi;
      if (below(r, bHi) != 0) {
        break;
      }
    }
    return q;
  }

  /** this = a + b. */
  void add(Wide a, Wide b) {
    if (a.isZero() || b.isZero()) {
      set(a.isZero() ? b : a);
      return;
    }
    Wide big = a.exp >= b.exp ? a : b;
    Wide small = big == a ? b : a;
    int shift = big.exp - small.exp;
    long sLo = shiftedLow(small, shift);
    long sHi = shiftedHigh(small, shift);
    long sumLo = big.lo + sLo;
    long carry = below(sumLo, sLo);
    long sumHi = big.hi + sHi;
    long out = below(sumHi, sHi);
    sumHi += carry;
    out += below(sumHi, carry);
    if (out != 0) {
      set(big.exp + 1, sumHi >>> 1 | Long.MIN_VALUE, sumHi << 63 | sumLo >>> 1);
    } else {
      set(big.exp, sumHi, sumLo);
    }
  }

  /** this = a - b, where a is not below b. */
  void subtract(Wide a, Wide b) {
    if (b.isZero()) {
      set(a);
      return;
    }
    int shift = a.exp - b.exp;
    long sLo =
        shift > 127
            ? 1
            : shiftedLow(b, shift); // a vanishing subtrahend still pulls the result below a
    long sHi = shiftedHigh(b, shift);
    set(a.exp, a.hi - sHi - below(a.lo, sLo), a.lo - sLo);
    if (!isZero()) {
      normalize();
    }
  }

  private static long shiftedHigh(Wide w, int shift) {
    return shift < 64 ? w.hi >>> shift : 0;
  }

  private static long shiftedLow(Wide w, int shift) {
    if (shift == 0) {
      return w.lo;
    }
    if (shift < 64) {
      return w.hi << -shift | w.lo >>> shift;
    }
    return shift < 128 ? w.hi >>> shift - 64 : 0;
  }

  int compareTo(Wide other) {
    if (isZero() || other.isZero()) {
      return Boolean.compare(!isZero(), !other.isZero());
    }
    return exp != other.exp
        ? Integer.compare(exp, other.exp)
        : compareBits(hi, lo, other.hi, other.lo);
  }

  /**
   * 1 when a &lt; b unsigned, else 0: the borrow of a - b, or the carry of a sum a that had the
   * addend b.
   */
  private static long below(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? 1 : 0;
  }

  private static int compareBits(long aHi, long aLo, long bHi, long bLo) {
    return aHi != bHi ? Long.compareUnsigned(aHi, bHi) : Long.compareUnsigned(aLo, bLo);
  }
}
