package org.jvmm.softcpu.isa;

import java.util.List;

/** A row of the instruction table: an encoding, its mnemonic, operands and attributes. */
public final class Op {
  /** LOCK is allowed with a memory destination. */
  public static final int LOCK = 1;

  /** The default operand size in 64-bit mode is 64 bits; 66H makes it 16. */
  public static final int D64 = 1 << 1;

  /** The operand size in 64-bit mode is always 64 bits. */
  public static final int F64 = 1 << 2;

  /** #UD in 64-bit mode. */
  public static final int I64 = 1 << 3;

  /** #UD outside 64-bit mode. */
  public static final int O64 = 1 << 4;

  /** #GP(0) unless CPL is 0. */
  public static final int PRIVILEGED = 1 << 5;

  /**
   * The last instruction of its basic block: it jumps, or changes what the decoder or the event
   * check depend on.
   */
  public static final int END = 1 << 6;

  /** #UD in real and virtual-8086 mode. */
  public static final int PROTECTED = 1 << 7;

  /** F2H and F3H repeat it. */
  public static final int REP = 1 << 8;

  /** Its memory operand is not accessed, only its address used. */
  public static final int ADDRESS_ONLY = 1 << 9;

  /** Uses the stack besides its memory operand. */
  public static final int STACK = 1 << 10;

  /** Its 16-byte memory operand must be aligned, else #GP(0). */
  public static final int ALIGNED = 1 << 11;

  static final int ANY = -1;

  /** What mandatory prefix a row asks for. */
  enum Prefix {
    ANY,
    NONE,
    P66,
    PF3,
    PF2
  }

  /** What ModRM.mod a row asks for. */
  enum Mod {
    ANY,
    MEM,
    REG
  }

  /** Index of the row in {@link OpTable#rows()}. */
  public final int id;

  public final String mnemonic;
  public final List<Operand> operands;
  public final int attributes;

  /** RFLAGS bits that the instruction leaves undefined. */
  public final int undefinedFlags;

  /** The CPUID feature that it belongs to (Linux' name), or "". */
  public final String feature;

  /** Opcode map: 0 one-byte, 1 0FH, 2 0F38H, 3 0F3AH. */
  public final int map;

  public final int opcode;
  final Prefix prefix;
  final Mod mod;
  final int reg;
  final int rm;
  final boolean modRm;

  Op(int id, OpSpec spec) {
    this.id = id;
    mnemonic = spec.mnemonic;
    operands = List.copyOf(spec.operands);
    attributes = spec.attributes;
    undefinedFlags = spec.undefinedFlags;
    feature = spec.feature;
    map = spec.map;
    opcode = spec.opcode;
    prefix = spec.prefix;
    mod = spec.mod;
    reg = spec.reg;
    rm = spec.rm;
    modRm = spec.needsModRm();
  }

  /** Whether any of the attributes is set. */
  public boolean has(int attribute) {
    return (attributes & attribute) != 0;
  }

  /** Whether the row fits what has been decoded so far; {@code modRm} only where one exists. */
  boolean matches(Prefix seen, boolean p66, int modRmByte, boolean mode64) {
    if (has(mode64 ? I64 : O64)) {
      return false;
    }
    boolean prefixFits =
        switch (prefix) {
          case ANY -> true;
          case NONE -> seen == Prefix.NONE && !p66;
          case P66 -> seen == Prefix.NONE && p66;
          case PF3, PF2 -> seen == prefix;
        };
    if (!prefixFits) {
      return false;
    }
    boolean isReg = modRmByte >= 0xc0;
    return (mod == Mod.ANY || (mod == Mod.REG) == isReg)
        && (reg == ANY || reg == (modRmByte >> 3 & 7))
        && (rm == ANY || rm == (modRmByte & 7));
  }

  @Override
  public String toString() {
    return "%s (map %d opcode %02x)".formatted(mnemonic, map, opcode);
  }
}
