package org.jvmm.softcpu.cpu;

/**
 * RFLAGS. The six arithmetic flags are lazy: an instruction leaves its result, sign-extended, in
 * {@link Cpu#flagResult} and a word in {@link Cpu#flagAux}, from which each flag follows when it is
 * asked for. All widths look the same then:
 *
 * <ul>
 *   <li>ZF: the result is 0.
 *   <li>SF: the result's sign, flipped by bit 0 of aux.
 *   <li>PF: even parity of the result's low byte, XORed with bits 15:8 of aux.
 *   <li>CF: bit 31 of aux. OF: bit 31 XOR bit 30 (carries out of the two top bits).
 *   <li>AF: bit 3 of aux (carry out of bit 3).
 * </ul>
 */
public final class Flags {
  /** Bits of RFLAGS (SDM vol. 1 section 3.4.3). */
  public static final int CF = 1,
      PF = 1 << 2,
      AF = 1 << 4,
      ZF = 1 << 6,
      SF = 1 << 7,
      TF = 1 << 8,
      IF = 1 << 9,
      DF = 1 << 10,
      OF = 1 << 11,
      IOPL = 3 << 12,
      NT = 1 << 14,
      RF = 1 << 16,
      VM = 1 << 17,
      AC = 1 << 18,
      VIF = 1 << 19,
      VIP = 1 << 20,
      ID = 1 << 21;

  /** The lazy ones. */
  public static final int ARITHMETIC = CF | PF | AF | ZF | SF | OF;

  /** All that are not reserved. */
  private static final int DEFINED =
      ARITHMETIC | TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;

  /** The one that always reads 1. */
  public static final int FIXED = 2;

  private static final int AUX_SIGN = 1, AUX_AF = 8, AUX_CARRIES = 3 << 30;

  private Flags() {}

  /** Sign-extends the low bytes of a value. */
  public static long signed(long value, int width) {
    int unused = 64 - 8 * width;
    return value << unused >> unused;
  }

  /** Aux of an operation whose carries out of each bit are {@code carries}. */
  private static int aux(int width, long carries) {
    return (int) (carries << 64 - 8 * width >>> 32) & AUX_CARRIES | (int) carries & AUX_AF;
  }

  /** Aux of an addition: {@link #add}. */
  public static int addAux(int width, long a, long b, long result) {
    return aux(width, a & b | (a | b) & ~result);
  }

  /** Aux of a subtraction: {@link #subtract}. */
  public static int subtractAux(int width, long a, long b, long result) {
    return aux(width, ~a & b | ~(a ^ b) & result);
  }

  /** Aux that says CF and OF; AF is clear. */
  public static int aux(boolean carry, boolean overflow) {
    int aux = carry ? AUX_CARRIES : 0;
    return overflow ? aux ^ 1 << 30 : aux;
  }

  /**
   * Aux of SHL: bit 31 is the last bit shifted out, and bit 30 the result's sign, since OF is
   * whether they differ.
   */
  public static int shlAux(int width, long a, int count) {
    return (int) (a << count - 1 << 64 - 8 * width >>> 32) & AUX_CARRIES;
  }

  /** Aux with the CF of another one. */
  public static int withCarryOf(int aux, int other) {
    return aux & ~AUX_CARRIES | aux(other < 0, overflow(aux));
  }

  /** Sets the flags of an addition with its operands (any carry in shows in the result). */
  public static void add(Cpu c, int width, long a, long b, long result) {
    c.flagResult = signed(result, width);
    c.flagAux = addAux(width, a, b, result);
  }

  /** Sets the flags of a subtraction. */
  public static void subtract(Cpu c, int width, long a, long b, long result) {
    c.flagResult = signed(result, width);
    c.flagAux = subtractAux(width, a, b, result);
  }

  /** Sets the flags of AND, OR, XOR, TEST: CF, OF (and AF) are clear. */
  public static void logic(Cpu c, int width, long result) {
    c.flagResult = signed(result, width);
    c.flagAux = 0;
  }

  /** Sets CF and OF, leaving the others. */
  public static void setCarryOverflow(Cpu c, boolean carry, boolean overflow) {
    c.flagAux = c.flagAux & ~AUX_CARRIES | aux(carry, overflow);
  }

  /** Sets CF, leaving the others. */
  public static void setCarry(Cpu c, boolean carry) {
    setCarryOverflow(c, carry, overflow(c));
  }

  /** Sets result flags and CF, OF; AF becomes clear. */
  public static void set(Cpu c, int width, long result, boolean carry, boolean overflow) {
    logic(c, width, result);
    setCarryOverflow(c, carry, overflow);
  }

  public static boolean carry(Cpu c) {
    return c.flagAux < 0;
  }

  /** CF as 0 or 1. */
  public static int carryBit(Cpu c) {
    return c.flagAux >>> 31;
  }

  public static boolean overflow(Cpu c) {
    return overflow(c.flagAux);
  }

  /** OF of an aux. */
  public static boolean overflow(int aux) {
    return (aux ^ aux << 1) < 0;
  }

  public static boolean zero(Cpu c) {
    return c.flagResult == 0;
  }

  public static boolean sign(Cpu c) {
    return sign(c.flagResult, c.flagAux);
  }

  /** SF of a result and its aux. */
  public static boolean sign(long result, int aux) {
    return result < 0 != ((aux & AUX_SIGN) != 0);
  }

  public static boolean parity(Cpu c) {
    return parity(c.flagResult, c.flagAux);
  }

  /** PF of a result and its aux. */
  public static boolean parity(long result, int aux) {
    return (Integer.bitCount((int) (result ^ aux >> 8) & 0xff) & 1) == 0;
  }

  public static boolean adjust(Cpu c) {
    return (c.flagAux & AUX_AF) != 0;
  }

  /** The arithmetic flags as bits of RFLAGS. */
  public static int arithmetic(Cpu c) {
    return (carry(c) ? CF : 0)
        | (parity(c) ? PF : 0)
        | (adjust(c) ? AF : 0)
        | (zero(c) ? ZF : 0)
        | (sign(c) ? SF : 0)
        | (overflow(c) ? OF : 0);
  }

  /** Sets all arithmetic flags from bits of RFLAGS. */
  public static void setArithmetic(Cpu c, int flags) {
    boolean zero = (flags & ZF) != 0;
    c.flagResult = zero ? 0 : 1 << 8;
    int aux = (flags & SF) != 0 ? AUX_SIGN : 0;
    aux |= (flags & PF) != 0 ? 0 : 1 << 8;
    aux |= (flags & AF) != 0 ? AUX_AF : 0;
    aux |= (flags & CF) != 0 ? 1 << 31 : 0;
    aux |= (flags & CF) != 0 ^ (flags & OF) != 0 ? 1 << 30 : 0;
    c.flagAux = aux;
  }

  /** RFLAGS as a whole. */
  public static int get(Cpu c) {
    return arithmetic(c) | c.flags;
  }

  /**
   * Sets RFLAGS as a whole, but for what is reserved, without any check. {@link Cpu#flagsChanged}
   * follows.
   */
  public static void set(Cpu c, int flags) {
    setArithmetic(c, flags);
    c.flags = flags & DEFINED & ~ARITHMETIC | FIXED;
  }

  /**
   * Evaluates a condition.
   *
   * @param condition the low four bits of Jcc's opcode (SDM vol. 2 appendix B.1.4.7)
   */
  public static boolean test(Cpu c, int condition) {
    return test(condition, c.flagResult, c.flagAux);
  }

  /** SF differs from OF. */
  public static boolean less(long result, int aux) {
    return sign(result, aux) != overflow(aux);
  }

  /** Evaluates a condition from {@link Cpu#flagResult} and {@link Cpu#flagAux}. */
  public static boolean test(int condition, long result, int aux) {
    boolean holds =
        switch (condition >> 1) {
          case 0 -> overflow(aux);
          case 1 -> aux < 0;
          case 2 -> result == 0;
          case 3 -> aux < 0 || result == 0;
          case 4 -> sign(result, aux);
          case 5 -> parity(result, aux);
          case 6 -> less(result, aux);
          default -> result == 0 || less(result, aux);
        };
    return holds != ((condition & 1) != 0);
  }
}
