package org.jvmm.softcpu.isa;

import static org.jvmm.softcpu.isa.Op.Prefix.NONE;
import static org.jvmm.softcpu.isa.Op.Prefix.PF2;
import static org.jvmm.softcpu.isa.Op.Prefix.PF3;

/**
 * Decodes one instruction (SDM vol. 2 chapter 2) by the {@link OpTable}. Not thread-safe: one for
 * each vCPU.
 */
public final class Decoder {
  private static final int MAX_LENGTH = 15, REX_B = 1;

  private CodeBytes code;
  private int at;
  private int mode;
  private Insn insn;
  private int rex;
  private int segment;
  private Op.Prefix repeat;
  private int modRm;

  /**
   * Decodes.
   *
   * @param bytes where the bytes come from
   * @param modeBits of {@link Mode}
   * @param offset of the instruction from the start of its block
   * @throws UndefinedOpcode if the bytes are no instruction in this mode
   */
  public Insn decode(CodeBytes bytes, int modeBits, int offset) {
    code = bytes;
    at = 0;
    mode = modeBits;
    insn = new Insn();
    insn.mode = (short) modeBits;
    insn.offset = (short) offset;
    rex = 0;
    segment = -1;
    repeat = NONE;
    int opcode = prefixes();
    int map = 0;
    if (opcode == 0x0f) {
      opcode = next();
      map = opcode == 0x38 ? 2 : opcode == 0x3a ? 3 : 1;
      if (map > 1) {
        opcode = next();
      }
    }
    insn.op = select(map, opcode);
    sizes();
    if (insn.op.modRm) {
      address();
    }
    operands(opcode);
    finish(offset);
    return insn;
  }

  private int next() {
    if (at == MAX_LENGTH) {
      throw UndefinedOpcode.TOO_LONG;
    }
    return code.at(at++);
  }

  private int next16() {
    int low = next();
    return low | next() << 8;
  }

  private int next32() {
    int low = next16();
    return low | next16() << 16;
  }

  private long next64() {
    long low = next32() & 0xffffffffL;
    return low | (long) next32() << 32;
  }

  private boolean code64() {
    return (mode & Mode.CODE64) != 0;
  }

  /** Consumes legacy prefixes and REX; returns the first opcode byte. */
  private int prefixes() {
    for (; ; ) {
      int b = next();
      switch (b) {
        case 0x66 -> insn.prefixes |= Insn.P66;
        case 0x67 -> insn.prefixes |= Insn.P67;
        case 0xf0 -> insn.prefixes |= Insn.LOCK;
        case 0xf2 -> {
          insn.prefixes = insn.prefixes & ~Insn.REP | Insn.REPNE;
          repeat = PF2;
        }
        case 0xf3 -> {
          insn.prefixes = insn.prefixes & ~Insn.REPNE | Insn.REP;
          repeat = PF3;
        }
        case 0x26, 0x2e, 0x36, 0x3e -> segment = code64() ? segment : b >> 3 & 3;
        case 0x64, 0x65 -> segment = b & 7;
        default -> {
          if (!code64() || (b & 0xf0) != 0x40) {
            return b;
          }
          rex = b;
          continue;
        }
      }
      rex = 0; // a REX that is not last has no effect
    }
  }

  private Op select(int map, int opcode) {
    Op[] candidates = OpTable.candidates(map, opcode);
    if (candidates == null) {
      throw UndefinedOpcode.UNDEFINED;
    }
    modRm = 0;
    if (candidates[0].modRm) {
      modRm = next();
    }
    insn.modRm = (short) modRm;
    boolean p66 = insn.hasPrefix(Insn.P66);
    if (map == 0 && opcode == 0x90 && (rex & REX_B) != 0) {
      repeat = NONE; // XCHG with R8, not PAUSE
    }
    Op best = null;
    for (Op op : candidates) {
      if (op.matches(repeat, p66, modRm, code64())) {
        boolean repeatFits = op.prefix == PF2 || op.prefix == PF3;
        if (best == null || repeatFits) {
          best = op;
        }
        if (repeat == NONE || repeatFits) {
          break;
        }
      }
    }
    if (best == null || best.has(Op.PROTECTED) && (mode & Mode.PROTECTED) == 0) {
      throw UndefinedOpcode.UNDEFINED;
    }
    return best;
  }

  private void sizes() {
    Op op = insn.op;
    boolean p66 = insn.hasPrefix(Insn.P66);
    if (code64()) {
      boolean wide = (rex & 8) != 0;
      insn.prefixes |= wide ? Insn.REX_W : 0;
      if (wide || op.has(Op.F64) || op.has(Op.D64) && !p66) {
        insn.operandSize = 8;
      } else {
        insn.operandSize = (byte) (p66 ? 2 : 4);
      }
      insn.addressSize = (byte) (insn.hasPrefix(Insn.P67) ? 4 : 8);
    } else {
      boolean code32 = (mode & Mode.CODE32) != 0;
      insn.operandSize = (byte) (code32 != p66 ? 4 : 2);
      insn.addressSize = (byte) (code32 != insn.hasPrefix(Insn.P67) ? 4 : 2);
    }
    insn.eaMask = insn.addressSize == 8 ? -1 : insn.addressSize == 4 ? 0xffffffffL : 0xffff;
  }

  private void address() {
    int mod = modRm >> 6;
    int rm = modRm & 7;
    if (mod == 3) {
      return;
    }
    int defaultSegment = 3;
    if (insn.addressSize == 2) {
      defaultSegment = address16(mod, rm);
    } else {
      int base = rm;
      if (rm == 4) {
        int sib = next();
        base = sib & 7;
        int index = sib >> 3 & 7 | (rex & 2) << 2;
        insn.index = (byte) (index == 4 ? Insn.ZERO : index);
        insn.scale = (byte) (index == 4 ? 0 : sib >> 6);
      }
      if (base == 5 && mod == 0) {
        insn.disp = next32();
        insn.base = (byte) (rm == 5 && code64() ? Insn.RIP : Insn.ZERO);
      } else {
        insn.base = (byte) (base | (rex & 1) << 3);
        defaultSegment = insn.base == 4 || insn.base == 5 ? 2 : 3;
        insn.disp = mod == 1 ? (byte) next() : mod == 2 ? next32() : 0;
      }
    }
    insn.segment = (byte) (segment >= 0 ? segment : defaultSegment);
  }

  private int address16(int mod, int rm) {
    if (mod == 0 && rm == 6) {
      insn.disp = next16();
      return 3;
    }
    insn.base = (byte) (rm < 2 || rm == 7 ? 3 : rm < 4 || rm == 6 ? 5 : rm + 2);
    if (rm < 4) {
      insn.index = (byte) (6 + (rm & 1));
    }
    insn.disp = mod == 1 ? (byte) next() : mod == 2 ? (short) next16() : 0;
    return rm == 2 || rm == 3 || rm == 6 ? 2 : 3;
  }

  private void operands(int opcode) {
    int count = insn.op.operands.size();
    insn.width = insn.operandSize;
    for (int i = 0; i < count; i++) {
      Operand operand = insn.op.operands.get(i);
      int width = operand.width(insn.operandSize);
      if (i == 0) {
        insn.width = (short) width;
      } else if (i == 1) {
        insn.srcWidth = (short) width;
      }
      operand(i, operand, width, opcode);
    }
  }

  private void operand(int i, Operand operand, int width, int opcode) {
    int reg = modRm >> 3 & 7 | (rex & 4) << 1;
    switch (operand.place()) {
      case RM -> rm(i, width, Insn.GPR);
      case XMM_RM -> rm(i, width, Insn.XMM);
      case MMX_RM -> rm(i, width, Insn.MMX);
      case MEM -> rm(i, width, Insn.NONE);
      case REG -> general(i, reg, width);
      case RM_REG -> general(i, modRm & 7 | (rex & 1) << 3, width);
      case OPCODE -> general(i, opcode & 7 | (rex & 1) << 3, width);
      case GPR -> register(i, Insn.GPR, operand.fixed(), 0);
      case SEGMENT -> segmentRegister(i, operand.fixed());
      case CONTROL -> register(i, Insn.CR, reg, 0);
      case DEBUG -> register(i, Insn.DR, reg, 0);
      case XMM -> register(i, Insn.XMM, operand.fixed() >= 0 ? operand.fixed() : reg, 0);
      case XMM_RM_REG -> rmRegister(i, Insn.XMM, modRm & 7 | (rex & 1) << 3);
      case MMX -> register(i, Insn.MMX, reg & 7, 0);
      case MMX_RM_REG -> rmRegister(i, Insn.MMX, modRm & 7);
      case X87 -> register(i, Insn.ST, operand.fixed() >= 0 ? operand.fixed() : modRm & 7, 0);
      case IMM -> immediate(i, operand.size(), width);
      case ONE -> {
        insn.setKind(i, Insn.IMM);
        insn.imm = 1;
      }
      case REL -> {
        insn.setKind(i, Insn.REL);
        insn.imm = width == 1 ? (byte) next() : width == 2 ? (short) next16() : next32();
      }
      case FAR -> {
        insn.setKind(i, Insn.FAR);
        insn.imm = insn.operandSize == 2 ? next16() : next32() & 0xffffffffL;
        insn.imm2 = next16();
      }
      case OFFSET -> {
        insn.setKind(i, Insn.MEM);
        insn.memory = (byte) i;
        insn.segment = (byte) (segment >= 0 ? segment : 3);
        insn.disp =
            insn.addressSize == 2
                ? next16()
                : insn.addressSize == 4 ? next32() & 0xffffffffL : next64();
      }
      default -> { // SOURCE, TARGET
        insn.setKind(i, Insn.STRING);
        insn.segment = (byte) (segment >= 0 ? segment : 3);
      }
    }
  }

  private void rm(int i, int width, int kind) {
    int number = modRm & 7 | (rex & 1) << 3;
    if (modRm < 0xc0) {
      insn.setKind(i, Insn.MEM);
      insn.memory = (byte) i;
    } else if (kind == Insn.GPR) {
      general(i, number, width);
    } else if (kind == Insn.NONE) {
      throw UndefinedOpcode.UNDEFINED;
    } else {
      register(i, kind, kind == Insn.MMX ? number & 7 : number, 0);
    }
  }

  private void rmRegister(int i, int kind, int number) {
    if (modRm < 0xc0) {
      throw UndefinedOpcode.UNDEFINED;
    }
    register(i, kind, number, 0);
  }

  private void segmentRegister(int i, int fixed) {
    int number = fixed >= 0 ? fixed : modRm >> 3 & 7;
    if (number > 5) {
      throw UndefinedOpcode.UNDEFINED;
    }
    register(i, Insn.SEG, number, 0);
  }

  /** A general register; without REX the byte registers 4 to 7 are AH, CH, DH, BH. */
  private void general(int i, int number, int width) {
    boolean high = width == 1 && rex == 0 && (number & 0xc) == 4;
    register(i, Insn.GPR, high ? number - 4 : number, high ? 8 : 0);
  }

  private void register(int i, int kind, int number, int shift) {
    insn.setKind(i, kind);
    switch (i) {
      case 0 -> {
        insn.dst = (byte) number;
        insn.dstShift = (byte) shift;
      }
      case 1 -> {
        insn.src = (byte) number;
        insn.srcShift = (byte) shift;
      }
      default -> insn.src2 = (byte) number;
    }
  }

  private void immediate(int i, char size, int width) {
    boolean second = false;
    for (int k = 0; k < i; k++) {
      second |= insn.kind(k) == Insn.IMM;
    }
    insn.setKind(i, Insn.IMM);
    long value =
        switch (size) {
          case 's' -> (byte) next();
          case 'b' -> next();
          case 'w' -> next16();
          case 'z' -> width == 2 ? (short) next16() : next32();
          default -> width == 8 ? next64() : width == 4 ? next32() & 0xffffffffL : next16();
        };
    if (second) {
      insn.imm2 = (int) value;
    } else {
      insn.imm = value;
    }
  }

  private void finish(int offset) {
    insn.length = (byte) at;
    insn.end = (short) (offset + at);
    if (insn.base == Insn.RIP) {
      insn.disp += insn.end;
    }
    if (insn.kind(0) == Insn.REL) {
      insn.imm += insn.end;
    }
    if (insn.memory < 0 && segment >= 0) {
      insn.segment = (byte) segment;
    }
    // A store through CS must fault outside 64-bit mode, however flat it is.
    insn.flat = insn.segment < 4 && (code64() || (mode & Mode.FLAT) != 0 && insn.segment != 1);
    if (insn.hasPrefix(Insn.LOCK) && !(insn.op.has(Op.LOCK) && insn.memory == 0)) {
      throw UndefinedOpcode.UNDEFINED;
    }
  }
}
