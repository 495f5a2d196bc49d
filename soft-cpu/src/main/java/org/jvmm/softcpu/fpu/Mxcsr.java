package org.jvmm.softcpu.fpu;

/**
 * The SSE control and status register (SDM vol. 1, 10.2.3) and the exceptions of the instruction
 * under way.
 *
 * <p>An instruction calls {@link #begin}, computes its elements with {@link SseFloat} or {@link
 * SseConvert}, then asks {@link #commit}: true means an unmasked exception, so the destination must
 * not be written and the CPU raises #XM (or #UD with CR4.OSXMMEXCPT clear).
 */
public final class Mxcsr {
  /** Value after reset: all exceptions masked, round to nearest. */
  public static final int DEFAULT = 0x1F80;

  /**
   * Bits that may be set; LDMXCSR and FXRSTOR with others raise #GP. Stored by FXSAVE as
   * MXCSR_MASK.
   */
  public static final int WRITABLE = 0xFFFF;

  private static final int DAZ = 1 << 6;
  private static final int MASK_SHIFT = 7;
  private static final int RC_SHIFT = 13;
  private static final int FTZ = 1 << 15;

  private int value;
  private int rc;
  private int masks;
  private boolean denormalsAreZero;
  private boolean flushToZero;

  /**
   * Round to nearest with PE masked: the host's own arithmetic gives the result wherever it is
   * ordinary.
   */
  private boolean hostLike;

  private int flags;

  /** Creates the register with its reset value. */
  public Mxcsr() {
    set(DEFAULT);
  }

  /** Value of the register. */
  public int get() {
    return value;
  }

  /** Loads the register; the CPU has refused bits outside {@link #WRITABLE}. */
  public void set(int newValue) {
    value = newValue & WRITABLE;
    rc = value >> RC_SHIFT & 3;
    masks = value >> MASK_SHIFT & FpStatus.EXCEPTIONS;
    denormalsAreZero = (value & DAZ) != 0;
    flushToZero = (value & FTZ) != 0;
    hostLike = rc == Rounding.NEAREST && (masks & FpStatus.PE) != 0;
  }

  /** Starts an instruction. */
  public void begin() {
    flags = 0;
  }

  /**
   * Ends an instruction: adds its exceptions to the sticky flags. When one found before the
   * computation (invalid, denormal, divide by zero) is unmasked in any element, those of rounding
   * are not reported.
   *
   * @return true when an unmasked exception occurred
   */
  public boolean commit() {
    int raised = flags;
    if (raised == 0) {
      return false;
    }
    if ((raised & FpStatus.PRE_COMPUTATION & ~masks) != 0) {
      raised &= FpStatus.PRE_COMPUTATION;
    }
    value |= raised;
    return (raised & ~masks) != 0;
  }

  void raise(int exceptions) {
    flags |= exceptions & FpStatus.EXCEPTIONS;
  }

  /** True while it matters whether a result is inexact. */
  boolean wantsPrecision() {
    return ((value | flags) & FpStatus.PE) == 0;
  }

  int roundingControl() {
    return rc;
  }

  boolean hostLike() {
    return hostLike;
  }

  boolean denormalsAreZero() {
    return denormalsAreZero;
  }

  int masks() {
    return masks;
  }

  /**
   * True when a tiny result becomes a zero with UE and PE: flush-to-zero counts only with UE
   * masked.
   */
  boolean flushesTiny() {
    return flushToZero && (masks & FpStatus.UE) != 0;
  }
}
