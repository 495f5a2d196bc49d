package org.jvmm.testkit.asm;

/**
 * Prefixes, opcode and ModRM/SIB/displacement of one instruction (SDM volume 2, chapter 2). Order
 * of prefixes as nasm writes them: segment, operand size, address size, mandatory, REX.
 */
final class Encoder {
  private static final int REX_W = 8;
  private static final int REX_R = 4;
  private static final int REX_X = 2;
  private static final int REX_B = 1;

  private final CodeBuffer code;
  private int mode;

  Encoder(CodeBuffer code, int mode) {
    this.code = code;
    mode(mode);
  }

  void mode(int bits) {
    if (bits != 16 && bits != 32 && bits != 64) {
      throw new IllegalArgumentException("no such mode: %d bits".formatted(bits));
    }
    mode = bits;
  }

  int mode() {
    return mode;
  }

  /** An instruction without ModRM. Width 0 means: no operand size matters. */
  void plain(int width, int... opcode) {
    operandSize(width);
    rex(width == 64 ? REX_W : 0, false);
    opcode(opcode);
  }

  /** Opcode with the register in its low three bits. */
  void inOpcode(int width, Reg reg, int opcode) {
    operandSize(width);
    int rex = (width == 64 ? REX_W : 0) | (reg.code() > 7 ? REX_B : 0);
    rex(rex, reg.needsRex());
    code.put(opcode + (reg.code() & 7), 1);
  }

  /** A register and a ModRM operand; {@code immBytes} follow, which RIP-relative fields count. */
  void modRm(int width, Reg reg, Operand rm, int immBytes, int... opcode) {
    boolean high = reg.isHighByte() || rm instanceof Reg r && r.isHighByte();
    int rex = encode(width, 0, reg.code(), reg.needsRex(), rm, immBytes, opcode);
    if (high && rex != 0) {
      throw new IllegalArgumentException("AH, CH, DH, BH cannot stand beside REX");
    }
  }

  /** An opcode extension (/0 to /7) or another register file's number, and a ModRM operand. */
  void modRm(int width, int field, Operand rm, int immBytes, int... opcode) {
    encode(width, 0, field, false, rm, immBytes, opcode);
  }

  /** An SSE instruction with a mandatory prefix. */
  void sse(int prefix, int xmm, Operand rm, int... opcode) {
    encode(0, prefix, xmm, false, rm, 0, opcode);
  }

  private int encode(
      int width, int mandatory, int field, boolean byteRex, Operand rm, int imm, int... opcode) {
    Mem mem = rm instanceof Mem m ? m : null;
    Reg direct = rm instanceof Reg r ? r : null;
    if (mem != null && mem.seg() != null) {
      code.put(mem.seg().prefix(), 1);
    }
    operandSize(width);
    if (mem != null) {
      addressSizePrefix(mem);
    }
    if (mandatory != 0) {
      code.put(mandatory, 1);
    }
    int rex = (width == 64 ? REX_W : 0) | (field > 7 ? REX_R : 0);
    if (direct != null) {
      rex |= direct.code() > 7 ? REX_B : 0;
    } else {
      rex |= mem.base() != null && mem.base().code() > 7 ? REX_B : 0;
      rex |= mem.index() != null && mem.index().code() > 7 ? REX_X : 0;
    }
    int written = rex(rex, byteRex || direct != null && direct.needsRex());
    opcode(opcode);
    int reg = (field & 7) << 3;
    if (direct != null) {
      code.put(0xC0 | reg | direct.code() & 7, 1);
    } else if (addressSize(mem) == 16) {
      memory16(reg, mem);
    } else {
      memory32(reg, mem, imm);
    }
    return written;
  }

  private void operandSize(int width) {
    if (width == 16 && mode != 16 || width == 32 && mode == 16) {
      code.put(0x66, 1);
    }
    if (width == 64 && mode != 64) {
      throw new IllegalArgumentException("64-bit operand in %d-bit code".formatted(mode));
    }
  }

  private void addressSizePrefix(Mem mem) {
    int size = addressSize(mem);
    if (size != mode) {
      if (size == 64 || mode == 64 && size == 16) {
        throw new IllegalArgumentException(size + "-bit address in " + mode + "-bit code");
      }
      code.put(0x67, 1);
    }
  }

  private int addressSize(Mem mem) {
    if (mem.base() != null) {
      return mem.base().bits();
    }
    return mem.index() != null ? mem.index().bits() : mode;
  }

  private int rex(int bits, boolean force) {
    if (bits == 0 && !force) {
      return 0;
    }
    if (mode != 64) {
      throw new IllegalArgumentException("a REX prefix in %d-bit code".formatted(mode));
    }
    code.put(0x40 | bits, 1);
    return 0x40 | bits;
  }

  private void opcode(int... opcode) {
    for (int b : opcode) {
      code.put(b, 1);
    }
  }

  /** SDM table 2-1. */
  private void memory16(int reg, Mem mem) {
    if (mem.base() == null) {
      code.put(0x06 | reg, 1);
      absolute(mem, 2);
      return;
    }
    int rm = rm16(mem.base(), mem.index());
    boolean bpAlone = rm == 6;
    if (mem.disp() == 0 && !bpAlone) {
      code.put(reg | rm, 1);
    } else if (mem.disp() == (byte) mem.disp()) {
      code.put(0x40 | reg | rm, 1);
      code.put(mem.disp(), 1);
    } else {
      code.put(0x80 | reg | rm, 1);
      code.put(mem.disp(), 2);
    }
  }

  private static int rm16(Reg base, Reg index) {
    if (index == null) {
      return switch (base) {
        case SI -> 4;
        case DI -> 5;
        case BP -> 6;
        case BX -> 7;
        default -> throw new IllegalArgumentException("no 16-bit address by " + base);
      };
    }
    int byIndex =
        switch (index) {
          case SI -> 0;
          case DI -> 1;
          default -> throw new IllegalArgumentException("no 16-bit index " + index);
        };
    return switch (base) {
      case BX -> byIndex;
      case BP -> 2 + byIndex;
      default -> throw new IllegalArgumentException("no 16-bit base " + base);
    };
  }

  /** SDM tables 2-2 and 2-3; section 2.2.1.6 for RIP-relative. */
  private void memory32(int reg, Mem mem, int immBytes) {
    if (mem.base() == null && mem.index() == null) {
      if (mem.label() != null && mode == 64) {
        code.put(0x05 | reg, 1);
        code.putRelative(mem.label(), mem.disp(), 4, immBytes);
      } else if (mode == 64) {
        code.put(0x04 | reg, 1);
        code.put(0x25, 1);
        absolute(mem, 4);
      } else {
        code.put(0x05 | reg, 1);
        absolute(mem, 4);
      }
      return;
    }
    boolean sib = mem.index() != null || (mem.base().code() & 7) == 4;
    int rm = sib ? 4 : mem.base().code() & 7;
    int dispBytes = dispBytes(mem);
    int mod = mem.base() == null || dispBytes == 0 ? 0 : dispBytes == 1 ? 0x40 : 0x80;
    code.put(mod | reg | rm, 1);
    if (sib) {
      code.put(sibByte(mem), 1);
    }
    if (dispBytes > 0) {
      code.put(mem.disp(), dispBytes);
    }
  }

  private static int dispBytes(Mem mem) {
    if (mem.base() == null) {
      return 4;
    }
    boolean needsDisp = (mem.base().code() & 7) == 5;
    if (mem.disp() == 0 && !needsDisp) {
      return 0;
    }
    return mem.disp() == (byte) mem.disp() ? 1 : 4;
  }

  private static int sibByte(Mem mem) {
    if (mem.index() != null && mem.index().code() == 4) {
      throw new IllegalArgumentException(mem.index() + " cannot be an index");
    }
    int base = mem.base() == null ? 5 : mem.base().code() & 7;
    int index = mem.index() == null ? 4 : mem.index().code() & 7;
    int scale = Integer.numberOfTrailingZeros(mem.scale());
    if (scale > 3 || Integer.bitCount(mem.scale()) != 1) {
      throw new IllegalArgumentException("no such scale: " + mem.scale());
    }
    return scale << 6 | index << 3 | base;
  }

  private void absolute(Mem mem, int bytes) {
    if (mem.label() != null) {
      code.putAddress(mem.label(), mem.disp(), bytes);
    } else {
      code.put(mem.disp(), bytes);
    }
  }
}
