package org.jvmm.softcpu.fpu;

/**
 * The x87 instructions over an {@link X87State}, with their stack faults, exceptions and masked and
 * unmasked responses (SDM vol. 1, chapter 8; vol. 2). Decoding, memory and EFLAGS are the CPU's: it
 * first raises #MF if {@link X87State#exceptionPending} for a waiting instruction, then calls one
 * method here.
 *
 * <p>Stores to memory are in {@link #store}.
 *
 * <p>Arithmetic operations carry the number of the reg field of the D8 to DE encodings: {@link
 * #ADD} ... {@link #DIVR}.
 */
public final class X87 {
  /** ST(0) + operand. */
  public static final int ADD = 0;

  /** ST(0) * operand. */
  public static final int MUL = 1;

  /** Compare ST(0) with operand. */
  public static final int COM = 2;

  /** Compare and pop. */
  public static final int COMP = 3;

  /** ST(0) - operand. */
  public static final int SUB = 4;

  /** operand - ST(0). */
  public static final int SUBR = 5;

  /** ST(0) / operand. */
  public static final int DIV = 6;

  /** operand / ST(0). */
  public static final int DIVR = 7;

  static final int STACK_UNDERFLOW = FpStatus.IE | FpStatus.SF;
  private static final int STACK_OVERFLOW = FpStatus.IE | FpStatus.SF | FpStatus.C1;
  private static final int UNORDERED = FpStatus.C3 | FpStatus.C2 | FpStatus.C0;

  /**
   * Constants of FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: signExp, mantissa and the
   * fraction below it.
   */
  private static final int[] CONSTANT_EXP = {0x3FFF, 0x4000, 0x3FFF, 0x4000, 0x3FFD, 0x3FFE, 0};

  private static final long[] CONSTANT = {
    1L << 63,
    0xD49A_784B_CD1B_8AFEL,
    0xB8AA_3B29_5C17_F0BBL,
    0xC90F_DAA2_2168_C234L,
    0x9A20_9A84_FBCF_F798L,
    0xB172_17F7_D1CF_79ABL,
    0
  };
  private static final long[] CONSTANT_REST = {
    0,
    0x492B_F6FF_4DAF_DB4CL,
    0xBE87_FED0_691D_3E88L,
    0xC4C6_628B_80DC_1CD1L,
    0x8F89_59AC_0B7C_9178L,
    0xC9E3_B398_03F2_F6AFL,
    0
  };

  /** Registers and words. */
  public final X87State state = new X87State();

  private final X87Result result = new X87Result();
  private final X87Arithmetic arithmetic = new X87Arithmetic(result);
  private final X87Remainder remainder = new X87Remainder(result);
  private final X87Convert convert = new X87Convert(result);
  private final X87Transcendental transcendental = new X87Transcendental(result);
  private final X87Trigonometry trigonometry = new X87Trigonometry(result);

  /** The stores of ST(0) to memory. */
  public final X87Store store = new X87Store(state, result, convert);

  /** Creates an initialized FPU. */
  public X87() {}

  // Common steps

  private void begin() {
    state.setConditions(FpStatus.C1, 0);
    result.setControl(state.controlWord());
    result.clear();
  }

  /** Raises the result's flags; false when an unmasked exception forbids storing. */
  private boolean commit() {
    if (result.flags != 0) {
      state.raise(result.flags);
      return !result.blocked();
    }
    return true;
  }

  private void commitTo(int i) {
    if (commit()) {
      state.set(i, result.signExp, result.mantissa);
    }
  }

  /**
   * Stack underflow with destination ST(i); true when masked, that is, when a following pop is due.
   */
  private boolean underflow(int i) {
    state.raise(STACK_UNDERFLOW);
    if (state.invalidMasked()) {
      state.set(i, Float80.INDEFINITE_SIGN_EXP, Float80.INDEFINITE_MANTISSA);
      return true;
    }
    return false;
  }

  private void operate(int op, int seA, long a, int seB, long b) {
    switch (op) {
      case ADD -> arithmetic.add(seA, a, seB, b);
      case MUL -> arithmetic.multiply(seA, a, seB, b);
      case SUB -> arithmetic.subtract(seA, a, seB, b);
      case SUBR -> arithmetic.subtract(seB, b, seA, a);
      case DIV -> arithmetic.divide(seA, a, seB, b);
      case DIVR -> arithmetic.divide(seB, b, seA, a);
      default -> throw new IllegalArgumentException("x87 operation " + op);
    }
  }

  // Arithmetic

  /** ST(0) = ST(0) op ST(i) (D8 /op); COM and COMP compare. */
  public void arithmeticSt0(int op, int i) {
    if (op == COM || op == COMP) {
      compareSt(i, op - COM, false);
    } else {
      arithmetic(op, i, 0, false);
    }
  }

  /**
   * ST(i) = ST(0) op ST(i) (DC and, popping, DE with a register). The operation is the one of the
   * reg field with ST(0) as first operand: DC /4, which assemblers write FSUBR ST(i), ST(0), is
   * SUB.
   */
  public void arithmeticSti(int op, int i, boolean pop) {
    arithmetic(op, i, i, pop);
  }

  private void arithmetic(int op, int i, int destination, boolean pop) {
    begin();
    if (state.isEmpty(0) || state.isEmpty(i)) {
      if (underflow(destination) && pop) {
        state.pop();
      }
      return;
    }
    operate(op, state.signExp(0), state.mantissa(0), state.signExp(i), state.mantissa(i));
    if (commit()) {
      state.set(destination, result.signExp, result.mantissa);
      if (pop) {
        state.pop();
      }
    }
  }

  /** ST(0) = ST(0) op m32fp (D8 with memory). */
  public void arithmeticFloat32(int op, int bits) {
    begin();
    arithmeticMemory(op, convert.widen32(bits));
  }

  /** ST(0) = ST(0) op m64fp (DC with memory). */
  public void arithmeticFloat64(int op, long bits) {
    begin();
    arithmeticMemory(op, convert.widen64(bits));
  }

  /**
   * ST(0) = ST(0) op integer (DA and DE with memory); the value sign-extended from 16 or 32 bits.
   */
  public void arithmeticInteger(int op, int value) {
    begin();
    convert.fromInteger(value);
    arithmeticMemory(op, false);
  }

  /**
   * The second operand is the just converted result, normalized even if it was denormal in memory.
   */
  private void arithmeticMemory(int op, boolean denormal) {
    boolean compare = op == COM || op == COMP;
    if (state.isEmpty(0)) {
      if (compare) {
        compareEmpty(op - COM);
      } else {
        underflow(0);
      }
      return;
    }
    int se = state.signExp(0);
    long m = state.mantissa(0);
    boolean stop = denormal && denormalMatters(op, se, m) && result.denormalStops();
    if (stop && !compare) {
      commit();
    } else if (compare) {
      finishCompare(arithmetic.compare(se, m, result.signExp, result.mantissa, false), op - COM);
    } else {
      operate(op, se, m, result.signExp, result.mantissa);
      commitTo(0);
    }
  }

  /**
   * A NaN or unsupported ST(0), or a division by it when zero, takes precedence over a denormal
   * operand.
   */
  private static boolean denormalMatters(int op, int se, long m) {
    return !Float80.isUnsupported(se, m) && !Float80.isNaN(se, m) && !(op == DIVR && m == 0);
  }

  // Comparison

  /**
   * Compares ST(0) with ST(i) into C3, C2 and C0.
   *
   * @param pops 0, 1 or 2 registers to pop (FCOM, FCOMP, FCOMPP)
   * @param quiet true for the FUCOM family
   */
  public void compareSt(int i, int pops, boolean quiet) {
    begin();
    if (state.isEmpty(0) || state.isEmpty(i)) {
      compareEmpty(pops);
      return;
    }
    finishCompare(
        arithmetic.compare(
            state.signExp(0), state.mantissa(0), state.signExp(i), state.mantissa(i), quiet),
        pops);
  }

  /** FTST: compares ST(0) with zero. */
  public void test() {
    begin();
    if (state.isEmpty(0)) {
      compareEmpty(0);
      return;
    }
    finishCompare(arithmetic.compare(state.signExp(0), state.mantissa(0), 0, 0, false), 0);
  }

  private void compareEmpty(int pops) {
    state.raise(STACK_UNDERFLOW);
    state.setConditions(UNORDERED, UNORDERED);
    if (state.invalidMasked()) {
      pop(pops);
    }
  }

  private void finishCompare(int conditions, int pops) {
    state.setConditions(UNORDERED, conditions);
    if (commit()) {
      pop(pops);
    }
  }

  private void pop(int count) {
    for (int n = 0; n < count; n++) {
      state.pop();
    }
  }

  /**
   * FCOMI, FCOMIP and, quiet, FUCOMI, FUCOMIP.
   *
   * <p>C1 is cleared only by a stack underflow, as measured; the SDM would clear it always.
   *
   * @return ZF, PF and CF at their places in EFLAGS (0x40, 4, 1)
   */
  public int compareFlags(int i, boolean quiet, boolean pop) {
    result.setControl(state.controlWord());
    result.clear();
    int conditions;
    if (state.isEmpty(0) || state.isEmpty(i)) {
      state.setConditions(FpStatus.C1, 0);
      state.raise(STACK_UNDERFLOW);
      conditions = UNORDERED;
      if (state.invalidMasked() && pop) {
        state.pop();
      }
    } else {
      conditions =
          arithmetic.compare(
              state.signExp(0), state.mantissa(0), state.signExp(i), state.mantissa(i), quiet);
      if (commit() && pop) {
        state.pop();
      }
    }
    return conditions >> 8 & 0x45; // C3, C2, C0 lie in AH as ZF, PF, CF
  }

  /** FXAM: class of ST(0) into C3, C2, C0 and its sign into C1. */
  public void examine() {
    int se = state.signExp(0);
    long m = state.mantissa(0);
    int kind;
    if (state.isEmpty(0)) {
      kind = FpStatus.C3 | FpStatus.C0;
    } else if (Float80.isUnsupported(se, m)) {
      kind = 0;
    } else if (Float80.isNaN(se, m)) {
      kind = FpStatus.C0;
    } else if (Float80.isInfinity(se, m)) {
      kind = FpStatus.C2 | FpStatus.C0;
    } else if (m == 0) {
      kind = FpStatus.C3;
    } else {
      kind = Float80.isDenormal(se, m) ? FpStatus.C3 | FpStatus.C2 : FpStatus.C2;
    }
    state.setConditions(FpStatus.CONDITIONS, kind | ((se & Float80.SIGN) != 0 ? FpStatus.C1 : 0));
  }

  // Loads

  private void push() {
    if (!state.isEmpty(-1)) {
      state.raise(STACK_OVERFLOW);
      if (state.invalidMasked()) {
        state.push(Float80.INDEFINITE_SIGN_EXP, Float80.INDEFINITE_MANTISSA);
      }
    } else if (commit()
        || (result.flags & FpStatus.IE)
            == 0) { // a denormal is loaded even when its exception is unmasked
      state.push(result.signExp, result.mantissa);
    }
  }

  /** FLD m80fp. */
  public void loadFloat80(int signExp, long mantissa) {
    begin();
    result.set(signExp & 0xFFFF, mantissa);
    push();
  }

  /** FLD m32fp. */
  public void loadFloat32(int bits) {
    begin();
    convert.fromFloat32(bits);
    push();
  }

  /** FLD m64fp. */
  public void loadFloat64(long bits) {
    begin();
    convert.fromFloat64(bits);
    push();
  }

  /** FILD; the value sign-extended. */
  public void loadInteger(long value) {
    begin();
    convert.fromInteger(value);
    push();
  }

  /** FBLD: digits 0 to 15, and the upper 16 bits with sign and two digits. */
  public void loadBcd(long low, int high) {
    begin();
    convert.fromBcd(low, high);
    push();
  }

  /**
   * FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ by number 0 to 6 (D9 E8 + number); rounded by
   * RC without PE.
   */
  public void loadConstant(int number) {
    begin();
    long rest = CONSTANT_REST[number];
    boolean up = Rounding.up(result.roundingControl(), 0, (CONSTANT[number] & 1) != 0, rest);
    result.set(CONSTANT_EXP[number], CONSTANT[number] + (up ? 1 : 0));
    push();
  }

  /** FLD ST(i). */
  public void loadSt(int i) {
    begin();
    if (!state.isEmpty(i)) {
      result.set(state.signExp(i), state.mantissa(i));
      push();
      return;
    }
    state.raise(STACK_UNDERFLOW);
    if (state.invalidMasked()) {
      state.push(Float80.INDEFINITE_SIGN_EXP, Float80.INDEFINITE_MANTISSA);
    }
  }

  /** FST ST(i) and FSTP ST(i). */
  public void storeSt(int i, boolean pop) {
    begin();
    if (state.isEmpty(0)) {
      if (!underflow(i)) {
        return;
      }
    } else {
      state.set(i, state.signExp(0), state.mantissa(0));
    }
    if (pop) {
      state.pop();
    }
  }

  // Register moves

  /** FXCH ST(i). */
  public void exchange(int i) {
    begin();
    boolean empty0 = state.isEmpty(0);
    boolean emptyI = state.isEmpty(i);
    if (empty0 || emptyI) {
      state.raise(STACK_UNDERFLOW);
      if (!state.invalidMasked()) {
        return;
      }
    }
    int se0 = empty0 ? Float80.INDEFINITE_SIGN_EXP : state.signExp(0);
    long m0 = empty0 ? Float80.INDEFINITE_MANTISSA : state.mantissa(0);
    int seI = emptyI ? Float80.INDEFINITE_SIGN_EXP : state.signExp(i);
    long mI = emptyI ? Float80.INDEFINITE_MANTISSA : state.mantissa(i);
    state.set(i, se0, m0);
    state.set(0, seI, mI);
  }

  /**
   * FCMOVcc: ST(0) = ST(i) if the CPU found the condition true; empty registers fault either way.
   */
  public void conditionalMove(int i, boolean condition) {
    if (state.isEmpty(0) || state.isEmpty(i)) {
      state.setConditions(FpStatus.C1, 0);
      underflow(0);
    } else if (condition) {
      state.set(0, state.signExp(i), state.mantissa(i));
    }
  }

  /** FCHS. */
  public void changeSign() {
    begin();
    if (state.isEmpty(0)) {
      underflow(0);
    } else {
      state.set(0, state.signExp(0) ^ Float80.SIGN, state.mantissa(0));
    }
  }

  /** FABS. */
  public void absolute() {
    begin();
    if (state.isEmpty(0)) {
      underflow(0);
    } else {
      state.set(0, state.signExp(0) & ~Float80.SIGN, state.mantissa(0));
    }
  }

  /** FINCSTP (by 1) and FDECSTP (by -1). */
  public void rotate(int by) {
    state.setConditions(FpStatus.C1, 0);
    state.rotate(by);
  }

  /** FFREE ST(i) and, popping, the undocumented FFREEP (DF C0+i). */
  public void free(int i, boolean pop) {
    state.setConditions(FpStatus.C1, 0);
    state.free(i);
    if (pop) {
      state.pop();
    }
  }

  // Unary and binary functions of the stack

  /** Begins an operation on ST(0); false after a stack underflow. */
  private boolean beginUnary() {
    begin();
    if (state.isEmpty(0)) {
      underflow(0);
      return false;
    }
    return true;
  }

  /** FSQRT. */
  public void squareRoot() {
    if (beginUnary()) {
      arithmetic.squareRoot(state.signExp(0), state.mantissa(0));
      commitTo(0);
    }
  }

  /** FRNDINT. */
  public void roundToInteger() {
    if (beginUnary()) {
      arithmetic.roundToInteger(state.signExp(0), state.mantissa(0));
      commitTo(0);
    }
  }

  /** F2XM1. */
  public void exp2Minus1() {
    if (beginUnary()) {
      transcendental.exp2Minus1(state.signExp(0), state.mantissa(0));
      commitTo(0);
    }
  }

  /** FSCALE: ST(0) * 2^trunc(ST(1)). */
  public void scale() {
    begin();
    if (state.isEmpty(0) || state.isEmpty(1)) {
      underflow(0);
      return;
    }
    arithmetic.scale(state.signExp(0), state.mantissa(0), state.signExp(1), state.mantissa(1));
    commitTo(0);
  }

  /** FPREM and, to nearest, FPREM1. */
  public void partialRemainder(boolean nearest) {
    begin();
    state.setConditions(FpStatus.C2, 0);
    if (state.isEmpty(0) || state.isEmpty(1)) {
      underflow(0);
      return;
    }
    if (remainder.step(
        state.signExp(0), state.mantissa(0), state.signExp(1), state.mantissa(1), nearest)) {
      state.setConditions(FpStatus.CONDITIONS, 0);
    }
    commitTo(0);
  }

  /** FYL2X. */
  public void yLog2X() {
    if (beginBinary()) {
      transcendental.yLog2X(
          state.signExp(0), state.mantissa(0), state.signExp(1), state.mantissa(1));
      commitBinary();
    }
  }

  /** FYL2XP1. */
  public void yLog2XPlus1() {
    if (beginBinary()) {
      transcendental.yLog2XPlus1(
          state.signExp(0), state.mantissa(0), state.signExp(1), state.mantissa(1));
      commitBinary();
    }
  }

  /** FPATAN: arctan of ST(1) / ST(0). */
  public void arcTangent() {
    if (beginBinary()) {
      transcendental.arcTangent(
          state.signExp(1), state.mantissa(1), state.signExp(0), state.mantissa(0));
      commitBinary();
    }
  }

  /** Begins an operation whose result replaces ST(1) and pops ST(0). */
  private boolean beginBinary() {
    begin();
    if (!state.isEmpty(0) && !state.isEmpty(1)) {
      return true;
    }
    if (underflow(1)) {
      state.pop();
    }
    return false;
  }

  private void commitBinary() {
    if (commit()) {
      state.set(1, result.signExp, result.mantissa);
      state.pop();
    }
  }

  /** Begins an operation on ST(0) that pushes a second result; handles both stack faults. */
  private boolean beginPushing() {
    begin();
    boolean empty = state.isEmpty(0);
    if (!empty && state.isEmpty(-1)) {
      return true;
    }
    state.raise(empty ? STACK_UNDERFLOW : STACK_OVERFLOW);
    if (state.invalidMasked()) {
      state.set(0, Float80.INDEFINITE_SIGN_EXP, Float80.INDEFINITE_MANTISSA);
      state.push(Float80.INDEFINITE_SIGN_EXP, Float80.INDEFINITE_MANTISSA);
    }
    return false;
  }

  /** FXTRACT: exponent into ST(0), then the significand pushed. */
  public void extract() {
    if (!beginPushing()) {
      return;
    }
    int se = state.signExp(0);
    long m = state.mantissa(0);
    arithmetic.extractExponent(se, m);
    if (commit()) {
      state.set(0, result.signExp, result.mantissa);
      arithmetic.extractSignificand(se, m);
      state.push(result.signExp, result.mantissa);
    }
  }

  /** Reduces ST(0); false when out of range (C2 set) or when the settled result was stored. */
  private boolean reduce() {
    int se = state.signExp(0);
    long m = state.mantissa(0);
    if (X87Trigonometry.outOfRange(se, m)) {
      state.setConditions(FpStatus.C2, FpStatus.C2);
      return false;
    }
    if (trigonometry.reduce(se, m)) {
      return true;
    }
    commitTo(0);
    return false;
  }

  /** FSIN. */
  public void sine() {
    state.setConditions(FpStatus.C2, 0);
    if (beginUnary() && reduce()) {
      trigonometry.sine();
      commitTo(0);
    }
  }

  /** FCOS. */
  public void cosine() {
    state.setConditions(FpStatus.C2, 0);
    if (beginUnary() && reduce()) {
      trigonometry.cosine();
      commitTo(0);
    }
  }

  /** FSINCOS: sine into ST(0), then the cosine pushed. */
  public void sineCosine() {
    state.setConditions(FpStatus.C2, 0);
    if (!beginPushing()) {
      return;
    }
    if (!reduce()) {
      pushSettled();
      return;
    }
    trigonometry.sine();
    commitTo(0);
    result.clear();
    trigonometry.cosine();
    result.flags &= ~FpStatus.C1; // the sine's rounding is the one reported
    commit();
    state.push(result.signExp, result.mantissa);
  }

  /** FPTAN: tangent into ST(0), then 1.0 pushed. */
  public void tangent() {
    state.setConditions(FpStatus.C2, 0);
    if (!beginPushing()) {
      return;
    }
    if (!reduce()) {
      pushSettled();
      return;
    }
    trigonometry.tangent();
    commitTo(0);
    state.push(Float80.BIAS, Float80.INTEGER_BIT);
  }

  /** A NaN result goes to both registers. */
  private void pushSettled() {
    boolean outOfRange = (state.statusWord() & FpStatus.C2) != 0;
    if (!outOfRange && !result.blocked()) {
      state.push(result.signExp, result.mantissa);
    }
  }
}
