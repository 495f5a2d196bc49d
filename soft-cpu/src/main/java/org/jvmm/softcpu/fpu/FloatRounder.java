package org.jvmm.softcpu.fpu;

/**
 * Rounds an exact result into binary32 or binary64 (SDM vol. 1, 4.8.4, 4.9.1.4 to 4.9.1.6; tininess
 * is detected after rounding). Shared by the SSE arithmetic and by the x87's stores of single and
 * double.
 */
final class FloatRounder {
  /** Exceptions of the last rounding, and {@link FpStatus#C1} when the magnitude was rounded up. */
  int flags;

  /** The last result, rounded with an unbounded exponent, was below the smallest normal number. */
  boolean tiny;

  /**
   * Rounds a nonzero value as the masked responses define it. An unmasked underflow is raised by
   * every tiny result, and an unmasked overflow or underflow leaves PE to tell whether the
   * significand alone was inexact.
   *
   * @param u the exact value, normalized; destroyed
   * @param format destination
   * @param rc rounding control
   * @param masks exception masks, in the order of {@link FpStatus}
   * @return the bits
   */
  long round(Unrounded u, FloatFormat format, int rc, int masks) {
    int discard = format.discardedBits;
    int exp = u.exp - Float80.BIAS + format.bias;
    long rest = rest(u, discard);
    long all = -1L << discard;
    int carry = (u.hi & all) == all && Rounding.up(rc, u.sign, true, rest) ? 1 : 0;
    flags = rest != 0 ? FpStatus.PE : 0;
    tiny = exp + carry < 1;
    if (exp + carry >= format.maxExp) {
      return overflow(u, format, rc, masks);
    }
    if (exp < 1) {
      boolean masked = (masks & FpStatus.UE) != 0;
      u.shiftRight(1 - exp);
      exp = 1;
      rest = rest(u, discard);
      if (masked || !tiny) {
        flags = rest != 0 ? FpStatus.PE : 0;
      }
      if (tiny && (rest != 0 || !masked)) {
        flags |= FpStatus.UE;
      }
    }
    long kept = u.hi >>> discard;
    if (Rounding.up(rc, u.sign, (kept & 1) != 0, rest)) {
      flags |= FpStatus.C1;
      kept++;
    }
    return format.sign(u.sign)
        | ((long) (exp - 1) << format.fractionBits) + kept; // the integer bit adds to the exponent
  }

  private static long rest(Unrounded u, int discard) {
    return u.hi << 64 - discard | u.lo >>> discard | (u.lo != 0 ? 1 : 0);
  }

  private long overflow(Unrounded u, FloatFormat format, int rc, int masks) {
    flags |= (masks & FpStatus.OE) != 0 ? FpStatus.OE | FpStatus.PE : FpStatus.OE;
    long magnitude = format.infinity - 1;
    if (Rounding.overflowsToInfinity(rc, u.sign)) {
      flags |= FpStatus.C1;
      magnitude++;
    }
    return format.sign(u.sign) | magnitude;
  }
}
