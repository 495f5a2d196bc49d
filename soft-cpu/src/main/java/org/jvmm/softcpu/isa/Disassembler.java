package org.jvmm.softcpu.isa;

import java.util.StringJoiner;

/** Renders decoded instructions in Intel syntax, for reports and traces. */
public final class Disassembler {
  private static final String[] LEGACY = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  private static final String[] LOW = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
  private static final String[] HIGH = {"ah", "ch", "dh", "bh"};
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};

  private Disassembler() {}

  /**
   * The instruction as text.
   *
   * @param block address of the instruction's block, to which its offset is added
   */
  public static String intel(Insn insn, long block) {
    StringBuilder text = new StringBuilder();
    if (insn.hasPrefix(Insn.LOCK)) {
      text.append("lock ");
    }
    if (insn.op.has(Op.REP) && insn.hasPrefix(Insn.REP | Insn.REPNE)) {
      text.append(insn.hasPrefix(Insn.REP) ? "rep " : "repne ");
    }
    text.append(insn.op.mnemonic);
    StringJoiner operands = new StringJoiner(", ");
    for (int i = 0; i < insn.op.operands.size(); i++) {
      operands.add(operand(insn, i, block));
    }
    if (operands.length() > 0) {
      text.append(' ').append(operands);
    }
    return text.toString();
  }

  private static String operand(Insn insn, int i, long block) {
    Operand operand = insn.op.operands.get(i);
    int width = operand.width(insn.operandSize);
    int number = insn.register(i);
    int shift = i == 0 ? insn.dstShift : i == 1 ? insn.srcShift : 0;
    return switch (insn.kind(i)) {
      case Insn.GPR -> general(number, width, shift);
      case Insn.MEM -> memory(insn, width, block);
      case Insn.IMM ->
          hex(operand.place() == Operand.Place.IMM && i > 0 ? clip(insn, i) : insn.imm);
      case Insn.SEG -> SEGMENTS[number];
      case Insn.CR -> "cr" + number;
      case Insn.DR -> "dr" + number;
      case Insn.XMM -> "xmm" + number;
      case Insn.MMX -> "mm" + number;
      case Insn.ST -> "st(" + number + ")";
      case Insn.REL -> hex(block + insn.imm);
      case Insn.FAR -> hex(insn.imm2) + ":" + hex(insn.imm);
      case Insn.STRING -> string(insn, operand, width);
      default -> "?";
    };
  }

  private static long clip(Insn insn, int i) {
    for (int k = 0; k < i; k++) {
      if (insn.kind(k) == Insn.IMM) {
        return insn.imm2;
      }
    }
    return insn.width >= 8 ? insn.imm : insn.imm & (1L << 8 * insn.width) - 1;
  }

  private static String general(int number, int width, int shift) {
    if (shift != 0) {
      return HIGH[number];
    }
    if (number >= 8) {
      return "r" + number + (width == 1 ? "b" : width == 2 ? "w" : width == 4 ? "d" : "");
    }
    return switch (width) {
      case 1 -> LOW[number];
      case 2 -> LEGACY[number];
      case 4 -> "e" + LEGACY[number];
      default -> "r" + LEGACY[number];
    };
  }

  private static String memory(Insn insn, int width, long block) {
    StringBuilder text = new StringBuilder(keyword(width));
    int usual = insn.base == 4 || insn.base == 5 ? 2 : 3;
    if (insn.segment != usual) {
      text.append(SEGMENTS[insn.segment]).append(':');
    }
    text.append('[');
    String plus = "";
    long disp = insn.disp;
    if (insn.base == Insn.RIP) {
      disp += block;
    } else if (insn.base != Insn.ZERO) {
      text.append(general(insn.base, insn.addressSize, 0));
      plus = "+";
    }
    if (insn.index != Insn.ZERO) {
      text.append(plus).append(general(insn.index, insn.addressSize, 0));
      text.append(insn.scale == 0 ? "" : "*" + (1 << insn.scale));
      plus = "+";
    }
    if (plus.isEmpty()) {
      text.append(hex(disp & insn.eaMask));
    } else if (disp != 0) {
      text.append(disp < 0 ? "-" : "+").append(hex(Math.abs(disp)));
    }
    return text.append(']').toString();
  }

  private static String string(Insn insn, Operand operand, int width) {
    boolean source = operand.place() == Operand.Place.SOURCE;
    String segment = source ? SEGMENTS[insn.segment] : "es";
    return keyword(width) + segment + ":[" + general(source ? 6 : 7, insn.addressSize, 0) + "]";
  }

  private static String keyword(int width) {
    return switch (width) {
      case 1 -> "byte ";
      case 2 -> "word ";
      case 4 -> "dword ";
      case 8 -> "qword ";
      case 10 -> "tword ";
      case 16 -> "xmmword ";
      default -> "";
    };
  }

  private static String hex(long value) {
    return (value >= 0 && value < 10 ? "" : "0x") + Long.toHexString(value);
  }
}
