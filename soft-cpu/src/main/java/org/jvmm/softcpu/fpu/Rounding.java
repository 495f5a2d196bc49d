package org.jvmm.softcpu.fpu;

/**
 * Rounding control as encoded in the x87 control word, MXCSR and the immediate of ROUNDSD (SDM vol.
 * 1, 4.8.4).
 */
public final class Rounding {
  /** To nearest, ties to even. */
  public static final int NEAREST = 0;

  /** Toward minus infinity. */
  public static final int DOWN = 1;

  /** Toward plus infinity. */
  public static final int UP = 2;

  /** Toward zero. */
  public static final int ZERO = 3;

  private Rounding() {}

  /**
   * Decides whether a magnitude grows by one unit.
   *
   * @param rc rounding control
   * @param sign 1 for a negative value
   * @param odd the lowest kept bit is set
   * @param rest the discarded bits as a binary fraction: bit 63 weighs one half, any lower bit is
   *     sticky
   */
  static boolean up(int rc, int sign, boolean odd, long rest) {
    return switch (rc) {
      case NEAREST -> rest < 0 && (odd || rest != Long.MIN_VALUE);
      case DOWN -> sign != 0 && rest != 0;
      case UP -> sign == 0 && rest != 0;
      default -> false;
    };
  }

  /** True when an overflow becomes infinity rather than the largest finite number. */
  static boolean overflowsToInfinity(int rc, int sign) {
    return rc == NEAREST || rc == (sign != 0 ? DOWN : UP);
  }
}
