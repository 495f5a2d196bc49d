package org.jvmm.softcpu.isa;

import java.util.Map;

/**
 * One operand of a table row, in the letters of SDM vol. 2 appendix A.2: where it comes from and
 * how wide it is.
 *
 * @param place where the operand is
 * @param size its size code, a letter of {@link #width}
 * @param fixed the number of the register for a place that names one, else -1
 */
public record Operand(Place place, char size, int fixed) {
  /** Where an operand comes from. */
  public enum Place {
    /** E: ModRM.rm, a general register or memory. */
    RM,
    /** G: ModRM.reg, a general register. */
    REG,
    /** R: ModRM.rm, always a general register. */
    RM_REG,
    /** M: ModRM.rm, memory only. */
    MEM,
    /** Z: the opcode's low three bits, a general register. */
    OPCODE,
    /** I: an immediate; "Is" is a sign-extended byte. */
    IMM,
    /** J: an offset from the next instruction. */
    REL,
    /** A: a far pointer in the instruction. */
    FAR,
    /** O: memory at an absolute offset in the instruction. */
    OFFSET,
    /** X: memory at DS:rSI. */
    SOURCE,
    /** Y: memory at ES:rDI. */
    TARGET,
    /** S: ModRM.reg, a segment register. */
    SEGMENT,
    /** C: ModRM.reg, a control register. */
    CONTROL,
    /** D: ModRM.reg, a debug register. */
    DEBUG,
    /** V: ModRM.reg, an XMM register. */
    XMM,
    /** W: ModRM.rm, an XMM register or memory. */
    XMM_RM,
    /** U: ModRM.rm, always an XMM register. */
    XMM_RM_REG,
    /** P: ModRM.reg, an MMX register. */
    MMX,
    /** Q: ModRM.rm, an MMX register or memory. */
    MMX_RM,
    /** N: ModRM.rm, always an MMX register. */
    MMX_RM_REG,
    /** Ti: ModRM.rm, an x87 register; T0 is ST(0). */
    X87,
    /** A general register that the opcode implies. */
    GPR,
    /** The constant 1. */
    ONE
  }

  private static final Map<Character, Place> LETTERS =
      Map.ofEntries(
          Map.entry('E', Place.RM),
          Map.entry('G', Place.REG),
          Map.entry('R', Place.RM_REG),
          Map.entry('M', Place.MEM),
          Map.entry('Z', Place.OPCODE),
          Map.entry('I', Place.IMM),
          Map.entry('J', Place.REL),
          Map.entry('A', Place.FAR),
          Map.entry('O', Place.OFFSET),
          Map.entry('X', Place.SOURCE),
          Map.entry('Y', Place.TARGET),
          Map.entry('S', Place.SEGMENT),
          Map.entry('C', Place.CONTROL),
          Map.entry('D', Place.DEBUG),
          Map.entry('V', Place.XMM),
          Map.entry('W', Place.XMM_RM),
          Map.entry('U', Place.XMM_RM_REG),
          Map.entry('P', Place.MMX),
          Map.entry('Q', Place.MMX_RM),
          Map.entry('N', Place.MMX_RM_REG),
          Map.entry('T', Place.X87));

  private static final Map<String, Operand> NAMED =
      Map.ofEntries(
          Map.entry("AL", new Operand(Place.GPR, 'b', 0)),
          Map.entry("CL", new Operand(Place.GPR, 'b', 1)),
          Map.entry("AX", new Operand(Place.GPR, 'w', 0)),
          Map.entry("DX", new Operand(Place.GPR, 'w', 2)),
          Map.entry("rAX", new Operand(Place.GPR, 'v', 0)),
          Map.entry("zAX", new Operand(Place.GPR, 'z', 0)),
          Map.entry("1", new Operand(Place.ONE, 'b', -1)),
          Map.entry("ES", new Operand(Place.SEGMENT, 'w', 0)),
          Map.entry("CS", new Operand(Place.SEGMENT, 'w', 1)),
          Map.entry("SS", new Operand(Place.SEGMENT, 'w', 2)),
          Map.entry("DS", new Operand(Place.SEGMENT, 'w', 3)),
          Map.entry("FS", new Operand(Place.SEGMENT, 'w', 4)),
          Map.entry("GS", new Operand(Place.SEGMENT, 'w', 5)),
          Map.entry("T0", new Operand(Place.X87, 't', 0)),
          Map.entry("X0", new Operand(Place.XMM, 'x', 0)));

  /** Parses a row's operand. */
  static Operand parse(String text) {
    Operand named = NAMED.get(text);
    if (named != null) {
      return named;
    }
    Place place = LETTERS.get(text.charAt(0));
    if (place == null || text.length() != 2) {
      throw new IllegalArgumentException("operand '" + text + "' in the instruction table");
    }
    return new Operand(place, text.charAt(1), -1);
  }

  /**
   * Bytes of the operand.
   *
   * @param operandSize the instruction's effective operand size, 2, 4 or 8
   */
  public int width(int operandSize) {
    return switch (size) {
      case 'b', 's' -> 1;
      case 'w' -> 2;
      case 'd' -> 4;
      case 'q' -> 8;
      case 'v' -> operandSize;
      case 'z' -> Math.min(operandSize, 4);
      case 'y' -> Math.max(operandSize, 4);
      case 'x' -> 16;
      case 't' -> 10;
      case 'p' -> operandSize + 2;
      case 'a' -> 2 * operandSize;
      default -> 0;
    };
  }
}
