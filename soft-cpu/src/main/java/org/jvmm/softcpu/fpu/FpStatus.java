package org.jvmm.softcpu.fpu;

/**
 * Exception and condition bits at their places in the x87 status word (SDM vol. 1, 8.1.3). The six
 * exceptions have the same places in MXCSR, and their masks the same order in the control word and
 * in MXCSR bits 12:7.
 */
public final class FpStatus {
  /** Invalid operation. */
  public static final int IE = 1;

  /** Denormal operand. */
  public static final int DE = 1 << 1;

  /** Division by zero. */
  public static final int ZE = 1 << 2;

  /** Overflow. */
  public static final int OE = 1 << 3;

  /** Underflow. */
  public static final int UE = 1 << 4;

  /** Precision: the result was rounded. */
  public static final int PE = 1 << 5;

  /** Stack fault: the invalid operation was a stack overflow (C1 set) or underflow (C1 clear). */
  public static final int SF = 1 << 6;

  /** Exception summary: an unmasked exception is pending. */
  public static final int ES = 1 << 7;

  /** Condition code 0. */
  public static final int C0 = 1 << 8;

  /** Condition code 1; after a rounding, set when the magnitude was rounded up. */
  public static final int C1 = 1 << 9;

  /** Condition code 2. */
  public static final int C2 = 1 << 10;

  /** Condition code 3. */
  public static final int C3 = 1 << 14;

  /** FPU busy: mirrors ES. */
  public static final int B = 1 << 15;

  /** All six exceptions. */
  static final int EXCEPTIONS = 0x3F;

  /** The exceptions found before the operation; unmasked, they leave the destination as it was. */
  static final int PRE_COMPUTATION = IE | DE | ZE;

  /** All four condition codes. */
  static final int CONDITIONS = C0 | C1 | C2 | C3;

  private FpStatus() {}
}
