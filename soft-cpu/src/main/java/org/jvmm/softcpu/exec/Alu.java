package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;

/** The operations of the integer unit, pure results and flags apart, for any width. */
final class Alu {
  /** Two operands, numbered as in opcodes 80H-83H. */
  static final int ADD = 0, OR = 1, ADC = 2, SBB = 3, AND = 4, SUB = 5, XOR = 6, CMP = 7, TEST = 8;

  /** One operand. */
  static final int INC = 0, DEC = 1, NOT = 2, NEG = 3;

  /** Shifts, numbered as in opcodes C0H, C1H, D0H-D3H. */
  static final int ROL = 0, ROR = 1, RCL = 2, RCR = 3, SHL = 4, SHR = 5, SAL = 6, SAR = 7;

  private Alu() {}

  static int two(String mnemonic) {
    return switch (mnemonic) {
      case "add" -> ADD;
      case "or" -> OR;
      case "adc" -> ADC;
      case "sbb" -> SBB;
      case "and" -> AND;
      case "sub" -> SUB;
      case "xor" -> XOR;
      case "cmp" -> CMP;
      default -> TEST;
    };
  }

  static int one(String mnemonic) {
    return switch (mnemonic) {
      case "inc" -> INC;
      case "dec" -> DEC;
      case "not" -> NOT;
      default -> NEG;
    };
  }

  static int shift(String mnemonic) {
    return switch (mnemonic) {
      case "rol" -> ROL;
      case "ror" -> ROR;
      case "rcl" -> RCL;
      case "rcr" -> RCR;
      case "shl" -> SHL;
      case "shr" -> SHR;
      default -> SAR;
    };
  }

  static boolean writes(int operation) {
    return operation < CMP;
  }

  /** Result of a two-operand operation; bytes above the width are garbage. */
  static long two(int operation, long a, long b, int carry) {
    return switch (operation) {
      case ADD -> a + b;
      case OR -> a | b;
      case ADC -> a + b + carry;
      case SBB -> a - b - carry;
      case AND, TEST -> a & b;
      case SUB, CMP -> a - b;
      default -> a ^ b;
    };
  }

  /** Flags of a two-operand operation. */
  static void twoFlags(Cpu c, int operation, int width, long a, long b, long result) {
    switch (operation) {
      case ADD, ADC -> Flags.add(c, width, a, b, result);
      case SUB, SBB, CMP -> Flags.subtract(c, width, a, b, result);
      default -> Flags.logic(c, width, result);
    }
  }

  /** Result of a one-operand operation. */
  static long one(int operation, long a) {
    return switch (operation) {
      case INC -> a + 1;
      case DEC -> a - 1;
      case NOT -> ~a;
      default -> -a;
    };
  }

  /** Flags of a one-operand operation; INC and DEC keep CF, NOT keeps all. */
  static void oneFlags(Cpu c, int operation, int width, long a, long result) {
    boolean carry = Flags.carry(c);
    switch (operation) {
      case INC -> {
        Flags.add(c, width, a, 1, result);
        Flags.setCarry(c, carry);
      }
      case DEC -> {
        Flags.subtract(c, width, a, 1, result);
        Flags.setCarry(c, carry);
      }
      case NEG -> Flags.subtract(c, width, 0, a, result);
      default -> {}
    }
  }

  /**
   * Shifts or rotates and sets the flags.
   *
   * @param a zero-extended
   * @param count masked already, not 0
   * @return the result; bytes above the width are garbage
   */
  static long shift(Cpu c, int operation, int width, long a, int count) {
    return switch (operation) {
      case SHL, SAL -> shl(c, width, a, count);
      case SHR -> shr(c, width, a, count);
      case SAR -> sar(c, width, a, count);
      case ROL -> rol(c, width, a, count);
      case ROR -> ror(c, width, a, count);
      case RCL -> rcl(c, width, a, count);
      default -> rcr(c, width, a, count);
    };
  }

  private static boolean bit(long value, int n) {
    return (value >>> n & 1) != 0;
  }

  private static long shl(Cpu c, int width, long a, int count) {
    long result = a << count;
    c.flagResult = Flags.signed(result, width);
    c.flagAux = Flags.shlAux(width, a, count);
    return result;
  }

  private static long shr(Cpu c, int width, long a, int count) {
    long result = a >>> count;
    c.flagResult = Flags.signed(result, width);
    c.flagAux = shrAux(width, a, count);
    return result;
  }

  /** {@link Cpu#flagAux} of SHR; {@code a} is zero-extended, the count is not 0. */
  static int shrAux(int width, long a, int count) {
    // OF is defined for a count of 1 only; processors give the top bits' XOR for any.
    return Flags.aux(bit(a, count - 1), count == 1 && bit(a, 8 * width - 1));
  }

  private static long sar(Cpu c, int width, long a, int count) {
    long signed = Flags.signed(a, width);
    long result = signed >> count;
    c.flagResult = Flags.signed(result, width);
    c.flagAux = sarAux(signed, count);
    return result;
  }

  /** {@link Cpu#flagAux} of SAR; {@code a} is sign-extended, the count is not 0. */
  static int sarAux(long a, int count) {
    return Flags.aux((a >> count - 1 & 1) != 0, false);
  }

  private static long rol(Cpu c, int width, long a, int count) {
    int bits = 8 * width;
    int n = count & bits - 1;
    long result = n == 0 ? a : a << n | a >>> bits - n;
    boolean carry = bit(result, 0);
    Flags.setCarryOverflow(c, carry, carry != bit(result, bits - 1));
    return result;
  }

  private static long ror(Cpu c, int width, long a, int count) {
    int bits = 8 * width;
    int n = count & bits - 1;
    long result = n == 0 ? a : a >>> n | a << bits - n;
    boolean carry = bit(result, bits - 1);
    Flags.setCarryOverflow(c, carry, carry != bit(result, bits - 2));
    return result;
  }

  private static long rcl(Cpu c, int width, long a, int count) {
    int bits = 8 * width;
    int n = width < 4 ? count % (bits + 1) : count;
    long result = a;
    boolean carry = Flags.carry(c);
    for (int i = 0; i < n; i++) {
      boolean out = bit(result, bits - 1);
      result = result << 1 | (carry ? 1 : 0);
      carry = out;
    }
    Flags.setCarryOverflow(c, carry, carry != bit(result, bits - 1));
    return result;
  }

  private static long rcr(Cpu c, int width, long a, int count) {
    int bits = 8 * width;
    int n = width < 4 ? count % (bits + 1) : count;
    long result = a;
    boolean carry = Flags.carry(c);
    for (int i = 0; i < n; i++) {
      boolean out = bit(result, 0);
      result = result >>> 1 & ~(1L << bits - 1) | (carry ? 1L << bits - 1 : 0);
      carry = out;
    }
    Flags.setCarryOverflow(c, carry, bit(result, bits - 1) != bit(result, bits - 2));
    return result;
  }
}
