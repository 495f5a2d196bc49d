package org.jvmm.softcpu.fpu;

/**
 * Rounds an exact result into binary32 or binary64 (SDM vol. 1, 4.8.4, 4.9.1.4 to 4.9.1.6; tininess
 * is detected after rounding). Shared by the SSE arithmetic and by the x87's stores of single and
 * double.
 */
final class FloatRounder {
  /** Exceptions of the last rounding, and {@link FpStatus#C1} when the magnitude was rounded up. */
  int flags;

  /**
   * Rounds a nonzero value.
   *
   * @param u the exact value, normalized; destroyed
   * @param format destination
   * @param rc rounding control
   * @param underflowMasked false reports every tiny result, true only the inexact ones
   * @return the bits, as the masked responses define them
   */
  long round(Unrounded u, FloatFormat format, int rc, boolean underflowMasked) {
    flags = 0;
    int discard = format.discardedBits;
    int exp = u.exp - Float80.BIAS + format.bias;
    long all = -1L << discard;
    boolean carry = (u.hi & all) == all && Rounding.up(rc, u.sign, true, rest(u, discard));
    if (exp + (carry ? 1 : 0) >= format.maxExp) {
      return overflow(u, format, rc);
    }
    boolean tiny = exp + (carry ? 1 : 0) < 1;
    if (exp < 1) {
      u.shiftRight(1 - exp);
      exp = 0;
    } else {
      exp--; // the integer bit adds it back
    }
    long rest = rest(u, discard);
    long kept = u.hi >>> discard;
    if (rest != 0) {
      flags |= FpStatus.PE;
      if (Rounding.up(rc, u.sign, (kept & 1) != 0, rest)) {
        flags |= FpStatus.C1;
        kept++;
      }
    }
    if (tiny && (rest != 0 || !underflowMasked)) {
      flags |= FpStatus.UE;
    }
    return format.sign(u.sign) | ((long) exp << format.fractionBits) + kept;
  }

  private static long rest(Unrounded u, int discard) {
    return u.hi << 64 - discard | u.lo >>> discard | (u.lo != 0 ? 1 : 0);
  }

  private long overflow(Unrounded u, FloatFormat format, int rc) {
    flags |= FpStatus.OE | FpStatus.PE;
    long magnitude = format.infinity - 1;
    if (Rounding.overflowsToInfinity(rc, u.sign)) {
      flags |= FpStatus.C1;
      magnitude++;
    }
    return format.sign(u.sign) | magnitude;
  }
}
