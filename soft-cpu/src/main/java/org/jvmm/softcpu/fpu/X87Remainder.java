package org.jvmm.softcpu.fpu;

/**
 * Partial remainder of the x87, FPREM and FPREM1 (SDM vol. 2): exact, and at most 63 bits of
 * quotient a step.
 */
public final class X87Remainder {
  private static final int FULL_STEP = 63;

  private final X87Result result;

  /** Creates the operation over the given result. */
  public X87Remainder(X87Result result) {
    this.result = result;
  }

  /**
   * One step of A rem B. C2 among the result's flags tells that the reduction is incomplete;
   * otherwise C0, C3 and C1 are bits 2, 1 and 0 of the quotient.
   *
   * @param nearest true for FPREM1 (quotient to nearest even, IEEE 754), false for FPREM (quotient
   *     truncated)
   * @return true when a remainder was computed, so that the condition codes are those of its
   *     quotient
   */
  public boolean step(int seA, long a, int seB, long b, boolean nearest) {
    if (result.settleNaN(seA, a, seB, b)) {
      return false;
    }
    if (Float80.isInfinity(seA, a) || b == 0) {
      result.setInvalid();
      return false;
    }
    if ((Float80.isDenormal(seA, a) || Float80.isDenormal(seB, b)) && result.denormalStops()) {
      return false;
    }
    if (a == 0) {
      result.set(seA, a);
      return true;
    }
    int expA = X87Arithmetic.normalizedExp(seA, a);
    int sign = seA >> 15 & 1;
    if (Float80.isInfinity(seB, b)) {
      finish(sign, expA, X87Arithmetic.normalized(a));
      return true;
    }
    reduce(
        sign,
        expA,
        X87Arithmetic.normalized(a),
        X87Arithmetic.normalizedExp(seB, b),
        X87Arithmetic.normalized(b),
        nearest);
    return true;
  }

  private void reduce(int sign, int expA, long a, int expB, long b, boolean nearest) {
    int difference = expA - expB;
    if (difference < 0) {
      // Below the divisor the quotient is 0, or 1 to nearest when A exceeds B/2.
      boolean one = nearest && difference == -1 && Long.compareUnsigned(a, b) > 0;
      if (one) {
        // |B| - |A| in units of A's last place is 2b - a, which fits 64 bits because a > b.
        result.flags |= FpStatus.C1;
        finish(sign ^ 1, expA, (b << 1) - a);
      } else {
        finish(sign, expA, a);
      }
      return;
    }
    if (difference > FULL_STEP) {
      // SDM: reduce by any N of 32 to 63; processors take 32 + difference mod 32.
      int n = difference & 31 | 32;
      long q = quotient(a, n, b);
      result.flags |= FpStatus.C2;
      finish(sign, expA - n, (a << n) - q * b);
      return;
    }
    long q = quotient(a, difference, b);
    long rest = (a << difference) - q * b;
    if (nearest && exceedsHalf(rest, b, q)) {
      rest = b - rest;
      q++;
      sign ^= 1;
    }
    result.flags |=
        ((q & 4) != 0 ? FpStatus.C0 : 0)
            | ((q & 2) != 0 ? FpStatus.C3 : 0)
            | ((q & 1) != 0 ? FpStatus.C1 : 0);
    finish(sign, expB, rest);
  }

  private static boolean exceedsHalf(long rest, long b, long q) {
    int order = rest < 0 ? 1 : Long.compareUnsigned(rest << 1, b);
    return order > 0 || order == 0 && (q & 1) != 0;
  }

  /** floor(a * 2^shift / b) for normalized a and b and shift below 64. */
  private static long quotient(long a, int shift, long b) {
    if (shift == 0) {
      return Long.compareUnsigned(a, b) >= 0 ? 1 : 0;
    }
    return Unrounded.divide(a >>> 64 - shift, a << shift, b);
  }

  private void finish(int sign, int exp, long magnitude) {
    if (magnitude == 0) {
      result.setZero(sign);
      return;
    }
    Unrounded exact = result.exact;
    int shift = Long.numberOfLeadingZeros(magnitude);
    exact.sign = sign;
    exact.exp = exp - shift;
    exact.hi = magnitude << shift;
    exact.lo = 0;
    result.roundExtended();
  }
}
