package org.jvmm.softcpu.isa;

import java.util.ArrayList;
import java.util.List;

/**
 * A parsed line of the instruction table, before opcode ranges are expanded.
 *
 * <p>A line is {@code ENCODING MNEMONIC OPERANDS ATTRIBUTE...}; OPERANDS is "-" or a list of {@link
 * Operand} codes. The encoding is {@code [np.|66.|f3.|f2.]HEX} with HEX two digits, after 0F, 0F38
 * or 0F3A for the other maps, followed by any of {@code /D} (ModRM.reg), {@code :m} or {@code :r}
 * (ModRM names memory or a register), {@code =XX} (the whole ModRM byte), {@code +} (eight opcodes
 * with a register in the low bits), {@code +cc} (sixteen opcodes, one for each condition, whose
 * name is appended to the mnemonic). Attributes: the words in {@link #attribute}, {@code u=LETTERS}
 * (undefined flags out of "oszapc"), {@code @NAME} (CPUID feature).
 */
final class OpSpec {
  private static final String[] CONDITIONS = {
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"
  };

  String mnemonic;
  final List<Operand> operands = new ArrayList<>();
  int attributes;
  int undefinedFlags;
  String feature = "";
  int map;
  int opcode;
  int span = 1;
  boolean conditional;
  Op.Prefix prefix = Op.Prefix.ANY;
  Op.Mod mod = Op.Mod.ANY;
  int reg = Op.ANY;
  int rm = Op.ANY;

  static OpSpec parse(String line) {
    String[] words = line.split(" +");
    OpSpec spec = new OpSpec();
    spec.encoding(words[0]);
    spec.mnemonic = words[1];
    if (!words[2].equals("-")) {
      for (String operand : words[2].split(",")) {
        spec.operands.add(Operand.parse(operand));
      }
    }
    for (int i = 3; i < words.length; i++) {
      spec.attribute(words[i]);
    }
    return spec;
  }

  /** The mnemonic of the n-th opcode of the line. */
  String mnemonicOf(int n) {
    return conditional ? mnemonic + CONDITIONS[n] : mnemonic;
  }

  boolean needsModRm() {
    if (reg != Op.ANY || mod != Op.Mod.ANY) {
      return true;
    }
    for (Operand operand : operands) {
      switch (operand.place()) {
        case RM, REG, RM_REG, MEM, CONTROL, DEBUG, XMM_RM, XMM_RM_REG, MMX, MMX_RM, MMX_RM_REG -> {
          return true;
        }
        case SEGMENT, XMM, X87 -> {
          if (operand.fixed() < 0) {
            return true;
          }
        }
        default -> {}
      }
    }
    return false;
  }

  private void encoding(String text) {
    int at = 0;
    if (text.indexOf('.') == 2) {
      prefix =
          switch (text.substring(0, 2)) {
            case "np" -> Op.Prefix.NONE;
            case "66" -> Op.Prefix.P66;
            case "f3" -> Op.Prefix.PF3;
            case "f2" -> Op.Prefix.PF2;
            default -> throw new IllegalArgumentException("prefix in " + text);
          };
      at = 3;
    }
    int end = at;
    while (end < text.length() && Character.digit(text.charAt(end), 16) >= 0) {
      end++;
    }
    String hex = text.substring(at, end);
    opcode = Integer.parseInt(hex.substring(hex.length() - 2), 16);
    map =
        switch (hex.substring(0, hex.length() - 2)) {
          case "" -> 0;
          case "0F" -> 1;
          case "0F38" -> 2;
          case "0F3A" -> 3;
          default -> throw new IllegalArgumentException("map in " + text);
        };
    suffixes(text, end);
  }

  private void suffixes(String text, int from) {
    for (int at = from; at < text.length(); ) {
      switch (text.charAt(at)) {
        case '/' -> {
          reg = text.charAt(at + 1) - '0';
          at += 2;
        }
        case ':' -> {
          mod = text.charAt(at + 1) == 'm' ? Op.Mod.MEM : Op.Mod.REG;
          at += 2;
        }
        case '=' -> {
          int modRm = Integer.parseInt(text.substring(at + 1, at + 3), 16);
          mod = Op.Mod.REG;
          reg = modRm >> 3 & 7;
          rm = modRm & 7;
          at += 3;
        }
        case '+' -> {
          conditional = text.startsWith("+cc", at);
          span = conditional ? 16 : 8;
          at = text.length();
        }
        default -> throw new IllegalArgumentException("encoding " + text);
      }
    }
  }

  private void attribute(String word) {
    if (word.startsWith("@")) {
      feature = word.substring(1);
    } else if (word.startsWith("u=")) {
      for (char flag : word.substring(2).toCharArray()) {
        undefinedFlags |= 1 << "c.p.a.zs...o".indexOf(flag);
      }
    } else {
      attributes |= attributeBits(word);
    }
  }

  private static int attributeBits(String word) {
    return switch (word) {
      case "lock" -> Op.LOCK;
      case "d64" -> Op.D64 | Op.STACK;
      case "f64" -> Op.F64;
      case "i64" -> Op.I64;
      case "o64" -> Op.O64;
      case "priv" -> Op.PRIVILEGED;
      case "end" -> Op.END;
      case "prot" -> Op.PROTECTED;
      case "rep" -> Op.REP;
      case "addr" -> Op.ADDRESS_ONLY;
      case "stack" -> Op.STACK;
      case "aligned" -> Op.ALIGNED;
      default -> throw new IllegalArgumentException("attribute '" + word + "'");
    };
  }
}
