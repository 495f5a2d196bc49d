package org.jvmm.softcpu.fpu;

import java.util.Arrays;

/**
 * The x87 registers (SDM vol. 1, 8.1): eight data registers with their tags, TOP, control and
 * status words, and the pointers to the last instruction and operand. MMX registers are the
 * mantissas of the physical data registers (vol. 1, 9.2).
 *
 * <p>Of the tag word only "empty" is kept; the other tags are functions of the register and
 * computed when an image is stored.
 */
public final class X87State {
  private static final int CONTROL_FIXED = 0x40;
  private static final int CONTROL_WRITABLE = 0x1F3F;
  private static final int STATUS_STORED = 0xC7FF;

  private final long[] mantissas = new long[8];
  private final int[] signExps = new int[8];
  private int control;
  private int status; // without TOP
  private int top;
  private int empty; // bit per physical register

  /**
   * Opcode of the last non-control instruction: low three bits of the escape byte, then the ModR/M
   * byte (11 bits).
   */
  public int fop;

  /** Offset of the last non-control instruction. */
  public long fip;

  /** Selector of the last non-control instruction. */
  public int fcs;

  /** Offset of its memory operand. */
  public long fdp;

  /** Selector of its memory operand. */
  public int fds;

  /** Creates the state after power-up followed by FNINIT. */
  public X87State() {
    init();
  }

  /**
   * FNINIT: control 037FH, status 0, all registers empty, pointers cleared; the contents of the
   * registers stay.
   */
  public void init() {
    setControlWord(0x37F);
    setStatusWord(0);
    empty = 0xFF;
    fop = 0;
    fip = 0;
    fcs = 0;
    fdp = 0;
    fds = 0;
  }

  /**
   * Power-up and RESET#: control 0040H, all tags valid, registers zero (SDM vol. 3, table 10-1).
   */
  public void reset() {
    clear();
    setControlWord(0x40);
    empty = 0;
  }

  /** XRSTOR's initial configuration: FNINIT with all registers zero (SDM vol. 1, 13.6). */
  public void clear() {
    init();
    Arrays.fill(mantissas, 0);
    Arrays.fill(signExps, 0);
  }

  /** Control word. */
  public int controlWord() {
    return control;
  }

  /** Loads the control word; the exception summary follows the new masks. */
  public void setControlWord(int value) {
    control = value & CONTROL_WRITABLE | CONTROL_FIXED;
    summarize();
  }

  /** Status word with TOP, ES and B. */
  public int statusWord() {
    return status | top << 11;
  }

  /** Loads the status word; ES and B follow the exceptions and masks. */
  public void setStatusWord(int value) {
    status = value & STATUS_STORED;
    top = value >> 11 & 7;
    summarize();
  }

  /**
   * True when an unmasked exception waits: the next waiting instruction raises #MF, or FERR# with
   * CR0.NE clear.
   */
  public boolean exceptionPending() {
    return (status & FpStatus.ES) != 0;
  }

  /** FNCLEX. */
  public void clearExceptions() {
    status &= ~(FpStatus.EXCEPTIONS | FpStatus.SF);
    summarize();
  }

  /** Adds status bits (exceptions, SF, condition codes) and updates the summary. */
  void raise(int flags) {
    int news = flags & ~status & FpStatus.EXCEPTIONS;
    status |= flags;
    if (news != 0) {
      summarize();
    }
  }

  private void summarize() {
    if ((status & ~control & FpStatus.EXCEPTIONS) != 0) {
      status |= FpStatus.ES | FpStatus.B;
    } else {
      status &= ~(FpStatus.ES | FpStatus.B);
    }
  }

  /** Replaces the given condition codes. */
  void setConditions(int which, int value) {
    status = status & ~which | value;
  }

  boolean invalidMasked() {
    return (control & FpStatus.IE) != 0;
  }

  /** TOP, the physical number of ST(0). */
  public int top() {
    return top;
  }

  /** Moves TOP by the given amount without touching tags. */
  void rotate(int by) {
    top = top + by & 7;
  }

  private int physical(int i) {
    return top + i & 7;
  }

  /** True when ST(i) is tagged empty; i may be -1 for the register a push would take. */
  public boolean isEmpty(int i) {
    return (empty >> physical(i) & 1) != 0;
  }

  /** Sign and exponent of ST(i). */
  public int signExp(int i) {
    return signExps[physical(i)];
  }

  /** Mantissa of ST(i). */
  public long mantissa(int i) {
    return mantissas[physical(i)];
  }

  /** Writes ST(i) and tags it as in use. */
  public void set(int i, int signExp, long mantissa) {
    int r = physical(i);
    signExps[r] = signExp;
    mantissas[r] = mantissa;
    empty &= ~(1 << r);
  }

  /** Tags ST(i) empty. */
  void free(int i) {
    empty |= 1 << physical(i);
  }

  void push(int signExp, long mantissa) {
    top = top - 1 & 7;
    set(0, signExp, mantissa);
  }

  void pop() {
    empty |= 1 << top;
    top = top + 1 & 7;
  }

  /** Abridged tag word of FXSAVE: bit per physical register, set when in use. */
  public int abridgedTags() {
    return ~empty & 0xFF;
  }

  /** Loads the abridged tag word. */
  public void setAbridgedTags(int value) {
    empty = ~value & 0xFF;
  }

  /** Full tag word: 0 valid, 1 zero, 2 special, 3 empty, register 0 in the low bits. */
  public int tagWord() {
    int tags = 0;
    for (int r = 7; r >= 0; r--) {
      tags = tags << 2 | tag(r);
    }
    return tags;
  }

  private int tag(int r) {
    if ((empty >> r & 1) != 0) {
      return 3;
    }
    if (Float80.isNormal(signExps[r], mantissas[r])) {
      return 0;
    }
    return Float80.isZero(signExps[r], mantissas[r]) ? 1 : 2;
  }

  /** Loads the full tag word, of which only "empty" counts. */
  public void setTagWord(int value) {
    empty = 0;
    for (int r = 0; r < 8; r++) {
      if ((value >> 2 * r & 3) == 3) {
        empty |= 1 << r;
      }
    }
  }

  /** Value of an MMX register. */
  public long mm(int register) {
    return mantissas[register];
  }

  /** Writes an MMX register: its exponent field becomes all ones. */
  public void setMm(int register, long value) {
    mantissas[register] = value;
    signExps[register] = 0xFFFF;
  }

  /** What every MMX instruction but EMMS does to the x87 state: TOP 0, all tags valid. */
  public void enterMmx() {
    top = 0;
    empty = 0;
  }

  /** EMMS: all registers empty, TOP 0. */
  public void emms() {
    top = 0;
    empty = 0xFF;
  }

  /** Copies the whole state. */
  public void copyFrom(X87State other) {
    System.arraycopy(other.mantissas, 0, mantissas, 0, 8);
    System.arraycopy(other.signExps, 0, signExps, 0, 8);
    control = other.control;
    status = other.status;
    top = other.top;
    empty = other.empty;
    fop = other.fop;
    fip = other.fip;
    fcs = other.fcs;
    fdp = other.fdp;
    fds = other.fds;
  }
}
