package org.jvmm.softcpu.fpu;

/**
 * The stores of ST(0) to memory, in three steps so that a page fault leaves no trace: a {@code
 * prepareX} computes {@link #low} and {@link #high} and tells whether memory is to be written; the
 * CPU writes; {@link #commit} raises the exceptions and pops.
 */
public final class X87Store {
  private static final int NO_STORE = FpStatus.PRE_COMPUTATION | FpStatus.OE | FpStatus.UE;

  /** Low 64 bits of the prepared store. */
  public long low;

  /** Bits 79:64 of the prepared store (FSTP m80, FBSTP). */
  public int high;

  private final X87State state;
  private final X87Result result;
  private final X87Convert convert;
  private int flags;
  private boolean blocked;

  X87Store(X87State state, X87Result result, X87Convert convert) {
    this.state = state;
    this.result = result;
    this.convert = convert;
  }

  /** Starts a store of ST(0); false when the register is empty, with the flags already prepared. */
  private boolean begin() {
    result.setControl(state.controlWord());
    result.clear();
    high = 0;
    if (!state.isEmpty(0)) {
      return true;
    }
    flags = X87.STACK_UNDERFLOW;
    blocked = !state.invalidMasked();
    return false;
  }

  private boolean finish(long value) {
    low = value;
    flags = result.flags;
    blocked = !result.masked(flags & NO_STORE);
    if (blocked) {
      flags &= ~(FpStatus.PE | FpStatus.C1); // nothing was rounded
    }
    return !blocked;
  }

  /** FST m32fp: true when low is to be written. */
  public boolean prepareFloat32() {
    if (begin()) {
      return finish(convert.toFloat32(state.signExp(0), state.mantissa(0)));
    }
    low = FloatFormat.SINGLE.indefinite;
    return !blocked;
  }

  /** FST m64fp: true when low is to be written. */
  public boolean prepareFloat64() {
    if (begin()) {
      return finish(convert.toFloat64(state.signExp(0), state.mantissa(0)));
    }
    low = FloatFormat.DOUBLE.indefinite;
    return !blocked;
  }

  /** FSTP m80fp: true when low and high are to be written. */
  public boolean prepareFloat80() {
    if (begin()) {
      high = state.signExp(0);
      return finish(state.mantissa(0));
    }
    low = Float80.INDEFINITE_MANTISSA;
    high = Float80.INDEFINITE_SIGN_EXP;
    return !blocked;
  }

  /**
   * FIST, FISTP and, truncating, FISTTP: true when the low {@code width} bits of low are to be
   * written.
   *
   * @param width 16, 32 or 64
   */
  public boolean prepareInteger(int width, boolean truncate) {
    if (begin()) {
      int rc = truncate ? Rounding.ZERO : result.roundingControl();
      return finish(convert.toInteger(state.signExp(0), state.mantissa(0), width, rc));
    }
    low = -1L << width - 1;
    return !blocked;
  }

  /** FBSTP: true when low and high are to be written. */
  public boolean prepareBcd() {
    boolean present = begin();
    if (present) {
      convert.toBcd(state.signExp(0), state.mantissa(0));
    } else {
      result.set(0xFFFF, 0xC000_0000_0000_0000L);
    }
    high = result.signExp;
    if (present) {
      return finish(result.mantissa);
    }
    low = result.mantissa;
    return !blocked;
  }

  /**
   * Ends a store, whether or not memory was to be written: raises its exceptions and pops if
   * nothing forbids it.
   */
  public void commit(boolean pop) {
    state.setConditions(FpStatus.C1, 0);
    state.raise(flags);
    if (pop && !blocked) {
      state.pop();
    }
  }
}
