package org.jvmm.softcpu.fpu;

/**
 * Where the x87 arithmetic leaves its result, and the rounding that makes it: the control word's
 * fields in, {@code signExp}, {@code mantissa} and {@code flags} out. Every operation overwrites
 * the value; {@code flags} (bits of {@link FpStatus}, with C1 for "rounded up") accumulate until
 * {@link #clear}.
 *
 * <p>With an unmasked invalid, denormal or divide exception the value is unspecified and must not
 * be stored. Unmasked overflow and underflow leave the value with its exponent wrapped by 24576
 * (SDM vol. 1, 8.5.4 and 8.5.5).
 */
public final class X87Result {
  private static final int WRAP = 24576;
  private static final int MAX_EXP = 0x7FFE;

  /** Sign (bit 15) and biased exponent of the result. */
  public int signExp;

  /** Mantissa of the result. */
  public long mantissa;

  /** Exceptions and condition codes raised since {@link #clear}. */
  public int flags;

  /** Exact result on its way to rounding; scratch of the arithmetic classes. */
  final Unrounded exact = new Unrounded();

  private int control;
  private int masks;
  private int rc;
  private int discardedBits;

  /** Creates a result under the control word of FNINIT. */
  public X87Result() {
    setControl(0x37F);
  }

  /** Takes exception masks, precision control and rounding control from an x87 control word. */
  public void setControl(int controlWord) {
    if (controlWord == control) {
      return;
    }
    control = controlWord;
    masks = controlWord & FpStatus.EXCEPTIONS;
    rc = controlWord >> 10 & 3;
    discardedBits =
        switch (controlWord >> 8 & 3) {
          case 0 -> 40;
          case 2 -> 11;
          default -> 0; // 01 is reserved and acts as extended precision
        };
  }

  /** Forgets the flags of earlier operations. */
  public void clear() {
    flags = 0;
  }

  int roundingControl() {
    return rc;
  }

  int masks() {
    return masks;
  }

  /** True when every one of the given exceptions is masked. */
  boolean masked(int exceptions) {
    return (exceptions & ~masks) == 0;
  }

  /** True when an unmasked invalid, denormal or divide exception forbids storing the value. */
  public boolean blocked() {
    return (flags & FpStatus.PRE_COMPUTATION & ~masks) != 0;
  }

  void set(int newSignExp, long newMantissa) {
    signExp = newSignExp;
    mantissa = newMantissa;
  }

  void setZero(int sign) {
    set(sign << 15, 0);
  }

  void setInfinity(int sign) {
    set(sign << 15 | Float80.EXP_MASK, Float80.INTEGER_BIT);
  }

  /** Invalid operation: the QNaN indefinite. */
  void setInvalid() {
    flags |= FpStatus.IE;
    set(Float80.INDEFINITE_SIGN_EXP, Float80.INDEFINITE_MANTISSA);
  }

  /** Division by zero: a signed infinity. */
  void setDivideByZero(int sign) {
    flags |= FpStatus.ZE;
    setInfinity(sign);
  }

  /** Notes a denormal operand; true when the exception is unmasked and the operation must stop. */
  boolean denormalStops() {
    flags |= FpStatus.DE;
    return (masks & FpStatus.DE) == 0;
  }

  /** Handles a single operand that is unsupported or NaN; true when the result is settled. */
  boolean settleNaN(int se, long m) {
    if (Float80.isUnsupported(se, m)) {
      setInvalid();
      return true;
    }
    if (!Float80.isNaN(se, m)) {
      return false;
    }
    if ((m & Float80.QUIET_BIT) == 0) {
      flags |= FpStatus.IE;
    }
    set(se, m | Float80.QUIET_BIT);
    return true;
  }

  /**
   * Handles two operands of which one is unsupported or NaN (SDM vol. 1, table 4-7); true when the
   * result is settled.
   */
  boolean settleNaN(int seA, long a, int seB, long b) {
    if (Float80.isUnsupported(seA, a) || Float80.isUnsupported(seB, b)) {
      setInvalid();
      return true;
    }
    boolean nanA = Float80.isNaN(seA, a);
    boolean nanB = Float80.isNaN(seB, b);
    if (!nanA && !nanB) {
      return false;
    }
    boolean signalingA = nanA && (a & Float80.QUIET_BIT) == 0;
    boolean signalingB = nanB && (b & Float80.QUIET_BIT) == 0;
    if (signalingA || signalingB) {
      flags |= FpStatus.IE;
    }
    boolean first;
    if (nanA && nanB && signalingA == signalingB) {
      int order = Long.compareUnsigned(a, b);
      first = order > 0 || order == 0 && seA <= seB;
    } else if (nanA && nanB) {
      first = signalingB; // the quiet one wins
    } else {
      first = nanA;
    }
    set(first ? seA : seB, (first ? a : b) | Float80.QUIET_BIT);
    return true;
  }

  /** Rounds {@link #exact} to the precision of the control word. */
  void round() {
    round(discardedBits);
  }

  /** Rounds {@link #exact} to 64 bits whatever the precision control says. */
  void roundExtended() {
    round(0);
  }

  private void round(int discard) {
    Unrounded u = exact;
    int exp = u.exp;
    if (discard != 0 || exp <= 0 || exp >= MAX_EXP) {
      roundGeneral(discard);
      return;
    }
    long m = u.hi;
    long rest = u.lo;
    if (rest != 0) {
      // Up or down is a coin toss, so the common mode decides without a branch.
      long half = rest >>> 63;
      long up =
          rc == Rounding.NEAREST
              ? half & (m | (rest << 1 | -(rest << 1)) >>> 63)
              : Rounding.up(rc, u.sign, (m & 1) != 0, rest) ? 1 : 0;
      flags |= FpStatus.PE | (int) up * FpStatus.C1;
      m += up;
      if (m == 0) {
        m = Float80.INTEGER_BIT;
        exp++;
      }
    }
    set(u.sign << 15 | exp, m);
  }

  private void roundGeneral(int discard) {
    Unrounded u = exact;
    if (u.hi == 0) {
      setZero(u.sign);
      return;
    }
    int exp = u.exp + (carriesOut(discard) ? 1 : 0);
    if (exp > MAX_EXP) {
      overflow(discard);
    } else if (exp < 1) {
      underflow(discard);
    } else {
      int carry = roundAt(discard);
      set(u.sign << 15 | u.exp + carry, mantissa);
    }
  }

  /** Whether rounding with an unbounded exponent reaches the next power of two. */
  private boolean carriesOut(int discard) {
    long all = -1L << discard;
    return (exact.hi & all) == all && Rounding.up(rc, exact.sign, true, rest(discard));
  }

  private long rest(int discard) {
    Unrounded u = exact;
    return discard == 0 ? u.lo : u.hi << 64 - discard | u.lo >>> discard | (u.lo != 0 ? 1 : 0);
  }

  /**
   * Rounds hi.lo into {@link #mantissa}, sets PE and C1; returns 1 on a carry out of the integer
   * bit.
   */
  private int roundAt(int discard) {
    long rest = rest(discard);
    long m = exact.hi & -1L << discard;
    int carry = 0;
    if (rest != 0) {
      flags |= FpStatus.PE;
      if (Rounding.up(rc, exact.sign, (m >>> discard & 1) != 0, rest)) {
        flags |= FpStatus.C1;
        m += 1L << discard;
        if (m == 0) {
          m = Float80.INTEGER_BIT;
          carry = 1;
        }
      }
    }
    mantissa = m;
    return carry;
  }

  private void overflow(int discard) {
    Unrounded u = exact;
    flags |= FpStatus.OE;
    boolean masked = (masks & FpStatus.OE) != 0;
    if (!masked && u.exp - WRAP <= MAX_EXP) {
      set(u.sign << 15 | u.exp + roundAt(discard) - WRAP, mantissa);
      return;
    }
    flags |= FpStatus.PE;
    // Unmasked but beyond even the wrapped exponent, where only FSCALE gets, is infinity under any
    // rounding control.
    if (!masked || Rounding.overflowsToInfinity(rc, u.sign)) {
      flags |= FpStatus.C1;
      setInfinity(u.sign);
    } else {
      set(u.sign << 15 | MAX_EXP, -1L << discard);
    }
  }

  private void underflow(int discard) {
    Unrounded u = exact;
    if ((masks & FpStatus.UE) == 0) {
      flags |= FpStatus.UE;
      if (u.exp + WRAP > 0) {
        set(u.sign << 15 | u.exp + roundAt(discard) + WRAP, mantissa);
      } else {
        flags |= FpStatus.PE;
        setZero(u.sign);
      }
      return;
    }
    int before = flags & FpStatus.PE;
    flags &= ~FpStatus.PE;
    u.shiftRight(1 - u.exp);
    roundAt(discard);
    if ((flags & FpStatus.PE) != 0) {
      flags |= FpStatus.UE;
    }
    flags |= before;
    set(u.sign << 15 | (mantissa < 0 ? 1 : 0), mantissa);
  }
}
