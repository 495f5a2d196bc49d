package org.jvmm.softcpu.fpu;

/**
 * SSE arithmetic on binary32 and binary64 elements (SDM vol. 1, chapters 10 and 11), raw bits in
 * and out; exceptions go to the {@link Mxcsr}.
 *
 * <p>With rounding to nearest and the precision exception masked, ordinary operands (normal or
 * zero) with an ordinary result take the host's own operation; inexactness is computed only until
 * the sticky PE is set. Everything else goes to {@link SseArithmetic}.
 *
 * <p>Operations may be chosen by the last byte of their opcode (0F 58 is ADDPS and so on).
 */
public final class SseFloat {
  /** Opcode byte of SQRTxx. */
  public static final int SQRT = 0x51;

  /** Opcode byte of ADDxx. */
  public static final int ADD = 0x58;

  /** Opcode byte of MULxx. */
  public static final int MUL = 0x59;

  /** Opcode byte of SUBxx. */
  public static final int SUB = 0x5C;

  /** Opcode byte of MINxx. */
  public static final int MIN = 0x5D;

  /** Opcode byte of DIVxx. */
  public static final int DIV = 0x5E;

  /** Opcode byte of MAXxx. */
  public static final int MAX = 0x5F;

  private static final FloatFormat S = FloatFormat.SINGLE;
  private static final FloatFormat D = FloatFormat.DOUBLE;
  private static final long FRACTION = (1L << 52) - 1;
  private static final int EQUAL_UNORDERED = FpStatus.C3 | FpStatus.C2;

  private final Mxcsr mxcsr;
  private final SseArithmetic general;

  /** Creates arithmetic under the given control and status register. */
  public SseFloat(Mxcsr mxcsr) {
    this.mxcsr = mxcsr;
    this.general = new SseArithmetic(mxcsr);
  }

  /** Operation of the given opcode byte on binary64; SQRT takes its operand in {@code b}. */
  public long operate64(int opcode, long a, long b) {
    return switch (opcode) {
      case SQRT -> squareRoot64(b);
      case ADD -> add64(a, b);
      case MUL -> multiply64(a, b);
      case SUB -> subtract64(a, b);
      case MIN -> minimum64(a, b);
      case DIV -> divide64(a, b);
      case MAX -> maximum64(a, b);
      default -> throw new IllegalArgumentException("SSE operation " + opcode);
    };
  }

  /** Operation of the given opcode byte on binary32; SQRT takes its operand in {@code b}. */
  public int operate32(int opcode, int a, int b) {
    return switch (opcode) {
      case SQRT -> squareRoot32(b);
      case ADD -> add32(a, b);
      case MUL -> multiply32(a, b);
      case SUB -> subtract32(a, b);
      case MIN -> minimum32(a, b);
      case DIV -> divide32(a, b);
      case MAX -> maximum32(a, b);
      default -> throw new IllegalArgumentException("SSE operation " + opcode);
    };
  }

  // The ordinary case: normal numbers, of which results and dividends keep two binades from the
  // ends of the range, and zeros where they are exact.

  private static boolean normalOrZero(long a) {
    int exp = (int) (a >>> 52) & 0x7FF;
    return exp != 0 && exp != 0x7FF || a << 1 == 0;
  }

  private static boolean normalOrZero(int a) {
    int exp = a >>> 23 & 0xFF;
    return exp != 0 && exp != 0xFF || a << 1 == 0;
  }

  private static boolean safe(long a) {
    int exp = (int) (a >>> 52) & 0x7FF;
    return exp > 2 && exp < 0x7FD;
  }

  private static boolean safe(int a) {
    int exp = a >>> 23 & 0xFF;
    return exp > 2 && exp < 0xFD;
  }

  private void inexactIf(boolean inexact) {
    if (inexact) {
      mxcsr.raise(FpStatus.PE);
    }
  }

  /**
   * True when the product of two normal numbers fits 53 bits, so that the host's product is exact.
   */
  private static boolean exactProduct(long a, long b) {
    long x = a & FRACTION | 1L << 52;
    long y = b & FRACTION | 1L << 52;
    int zerosX = Long.numberOfTrailingZeros(x);
    int zerosY = Long.numberOfTrailingZeros(y);
    int bits = 106 - zerosX - zerosY; // one more or the very length of the product of the odd parts
    return bits < 54 || bits == 54 && (x >>> zerosX) * (y >>> zerosY) >>> 53 == 0;
  }

  /** A + B. */
  public long add64(long a, long b) {
    if (mxcsr.hostLike() && normalOrZero(a) && normalOrZero(b)) {
      double x = Double.longBitsToDouble(a);
      double y = Double.longBitsToDouble(b);
      double sum = x + y;
      long bits = Double.doubleToRawLongBits(sum);
      if (safe(bits) || bits << 1 == 0) {
        if (mxcsr.wantsPrecision()) {
          double part = sum - x; // Knuth's two-sum: the error of an addition is a float
          inexactIf(x - (sum - part) + (y - part) != 0);
        }
        return bits;
      }
    }
    return general.add(a, b, false, D);
  }

  /** A - B. */
  public long subtract64(long a, long b) {
    return normalOrZero(b) ? add64(a, b ^ Long.MIN_VALUE) : general.add(a, b, true, D);
  }

  /** A * B. */
  public long multiply64(long a, long b) {
    if (mxcsr.hostLike() && normalOrZero(a) && normalOrZero(b)) {
      long bits =
          Double.doubleToRawLongBits(Double.longBitsToDouble(a) * Double.longBitsToDouble(b));
      if (safe(bits)) {
        if (mxcsr.wantsPrecision()) {
          inexactIf(!exactProduct(a, b));
        }
        return bits;
      }
    }
    return general.multiply(a, b, D);
  }

  /** A / B. */
  public long divide64(long a, long b) {
    if (mxcsr.hostLike() && safe(a) && normalOrZero(b)) {
      double x = Double.longBitsToDouble(a);
      double y = Double.longBitsToDouble(b);
      double quotient = x / y;
      long bits = Double.doubleToRawLongBits(quotient);
      if (safe(bits)) {
        if (mxcsr.wantsPrecision()) {
          inexactIf(!exactProduct(bits, b) || quotient * y != x);
        }
        return bits;
      }
    }
    return general.divide(a, b, D);
  }

  /** Square root. */
  public long squareRoot64(long a) {
    if (mxcsr.hostLike() && a > 0 && safe(a)) {
      double x = Double.longBitsToDouble(a);
      double root = Math.sqrt(x);
      long bits = Double.doubleToRawLongBits(root);
      if (mxcsr.wantsPrecision()) {
        inexactIf(!exactProduct(bits, bits) || root * root != x);
      }
      return bits;
    }
    return general.squareRoot(a, D);
  }

  /** A + B. */
  public int add32(int a, int b) {
    if (mxcsr.hostLike() && normalOrZero(a) && normalOrZero(b)) {
      float x = Float.intBitsToFloat(a);
      float y = Float.intBitsToFloat(b);
      float sum = x + y;
      int bits = Float.floatToRawIntBits(sum);
      if (safe(bits) || bits << 1 == 0) {
        if (mxcsr.wantsPrecision()) {
          float part = sum - x;
          inexactIf(x - (sum - part) + (y - part) != 0);
        }
        return bits;
      }
    }
    return (int) general.add(wide(a), wide(b), false, S);
  }

  private static long wide(int a) {
    return a & 0xFFFF_FFFFL;
  }

  /** A - B. */
  public int subtract32(int a, int b) {
    return normalOrZero(b)
        ? add32(a, b ^ Integer.MIN_VALUE)
        : (int) general.add(wide(a), wide(b), true, S);
  }

  /** A * B. */
  public int multiply32(int a, int b) {
    if (mxcsr.hostLike() && normalOrZero(a) && normalOrZero(b)) {
      double product = (double) Float.intBitsToFloat(a) * Float.intBitsToFloat(b); // exact
      float rounded = (float) product;
      int bits = Float.floatToRawIntBits(rounded);
      if (safe(bits)) {
        inexactIf(rounded != product);
        return bits;
      }
    }
    return (int) general.multiply(wide(a), wide(b), S);
  }

  /** A / B. */
  public int divide32(int a, int b) {
    if (mxcsr.hostLike() && safe(a) && normalOrZero(b)) {
      float x = Float.intBitsToFloat(a);
      float y = Float.intBitsToFloat(b);
      float quotient = x / y;
      int bits = Float.floatToRawIntBits(quotient);
      if (safe(bits)) {
        inexactIf((double) quotient * y != x);
        return bits;
      }
    }
    return (int) general.divide(wide(a), wide(b), S);
  }

  /** Square root. */
  public int squareRoot32(int a) {
    if (mxcsr.hostLike() && a > 0 && safe(a)) {
      double x = Float.intBitsToFloat(a);
      float root = (float) Math.sqrt(x); // rounding twice is harmless: 53 >= 2 * 24 + 2
      inexactIf((double) root * root != x);
      return Float.floatToRawIntBits(root);
    }
    return (int) general.squareRoot(wide(a), S);
  }

  // Minimum, maximum and comparison

  /**
   * MINSD: A if less, else B; so B when either is a NaN (which is invalid) or both are zeros. Under
   * DAZ the operand chosen is flushed.
   */
  public long minimum64(long a, long b) {
    return general.flushed(general.compare(a, b, true, D) == FpStatus.C0 ? a : b, D);
  }

  /**
   * MAXSD: A if greater, else B; so B when either is a NaN (which is invalid) or both are zeros.
   * Under DAZ the operand chosen is flushed.
   */
  public long maximum64(long a, long b) {
    return general.flushed(general.compare(a, b, true, D) == 0 ? a : b, D);
  }

  /** MINSS; see {@link #minimum64}. */
  public int minimum32(int a, int b) {
    return (int)
        general.flushed(wide(general.compare(wide(a), wide(b), true, S) == FpStatus.C0 ? a : b), S);
  }

  /** MAXSS; see {@link #maximum64}. */
  public int maximum32(int a, int b) {
    return (int) general.flushed(wide(general.compare(wide(a), wide(b), true, S) == 0 ? a : b), S);
  }

  /** CMPSD with predicate 0 to 7 (EQ, LT, LE, UNORD and their negations): all ones or all zeros. */
  public long compare64(long a, long b, int predicate) {
    return holds(general.compare(a, b, signaling(predicate), D), predicate) ? -1 : 0;
  }

  /** CMPSS with predicate 0 to 7 (EQ, LT, LE, UNORD and their negations): all ones or all zeros. */
  public int compare32(int a, int b, int predicate) {
    return holds(general.compare(wide(a), wide(b), signaling(predicate), S), predicate) ? -1 : 0;
  }

  /** LT, LE, NLT and NLE signal on quiet NaNs too. */
  private static boolean signaling(int predicate) {
    return (predicate & 3) == 1 || (predicate & 3) == 2;
  }

  private static boolean holds(int conditions, int predicate) {
    boolean positive =
        switch (predicate & 3) {
          case 0 -> (conditions & EQUAL_UNORDERED) == FpStatus.C3;
          case 1 -> conditions == FpStatus.C0;
          case 2 -> conditions == FpStatus.C0 || conditions == FpStatus.C3;
          default -> (conditions & FpStatus.C2) != 0;
        };
    return positive == ((predicate & 4) == 0);
  }

  /**
   * COMISD, or UCOMISD if {@code quiet}.
   *
   * @return ZF, PF and CF at their places in EFLAGS (0x40, 4, 1); OF, SF and AF are cleared by the
   *     instruction
   */
  public int compareFlags64(long a, long b, boolean quiet) {
    return general.compare(a, b, !quiet, D) >> 8;
  }

  /** COMISS, or UCOMISS if {@code quiet}; see {@link #compareFlags64}. */
  public int compareFlags32(int a, int b, boolean quiet) {
    return general.compare(wide(a), wide(b), !quiet, S) >> 8;
  }
}
