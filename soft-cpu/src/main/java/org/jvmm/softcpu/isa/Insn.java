package org.jvmm.softcpu.isa;

/**
 * A decoded instruction: filled once by {@link Decoder}, then only read. It says nothing about how
 * the instruction is executed.
 *
 * <p>Operands are numbered as in Intel syntax, destination first. A register operand's number is in
 * {@link #dst}, {@link #src} or {@link #src2}, by position. There is at most one memory operand
 * with a ModRM byte or absolute offset; its effective address is {@code gpr[base] + (gpr[index] <<
 * scale) + disp}, masked by {@link #eaMask}, where the pseudo-register {@link #ZERO} reads 0 and
 * {@link #RIP} reads the address of the block's first instruction.
 *
 * <p>Fields are as narrow as they can be: many of these are live at once, and what the interpreter
 * reads of one fits in a cache line.
 */
public final class Insn {
  /** Pseudo-registers of addressing, after the 16 general ones. */
  public static final int ZERO = 16, RIP = 17;

  /** Number of general registers and pseudo-registers. */
  public static final int REGISTERS = 18;

  /** What an operand is: the values of {@link #kind}. */
  public static final int NONE = 0,
      GPR = 1,
      MEM = 2,
      IMM = 3,
      SEG = 4,
      CR = 5,
      DR = 6,
      XMM = 7,
      MMX = 8,
      REL = 9,
      FAR = 10,
      ST = 11,
      STRING = 12;

  /** Bits of {@link #prefixes}. */
  public static final int LOCK = 1, REP = 2, REPNE = 4, P66 = 8, P67 = 16, REX_W = 32;

  public Op op;

  /** The ModRM byte, or 0 without one. */
  public short modRm;

  /** {@link Mode} bits that it was decoded with. */
  public short mode;

  /** Bytes, 1 to 15. */
  public byte length;

  /** Of the first byte, from the start of the block. */
  public short offset;

  /** Of the next instruction, from the start of the block. */
  public short end;

  /** Effective operand size: 2, 4 or 8 bytes. */
  public byte operandSize;

  /** Effective address size: 2, 4 or 8 bytes. */
  public byte addressSize;

  /** Bytes of the first operand, or {@link #operandSize} without one. */
  public short width;

  /** Bytes of the second operand. */
  public short srcWidth;

  public byte dst;
  public byte src;
  public byte src2;

  /** 8 where the operand is AH, CH, DH or BH, else 0. */
  public byte dstShift;

  public byte srcShift;

  /** Position of the memory operand, or -1. */
  public byte memory = -1;

  public byte base = ZERO;
  public byte index = ZERO;
  public byte scale;
  public long disp;
  public long eaMask = -1;

  /** Segment of memory operands (index of CpuState.segments). */
  public byte segment = 3;

  /** The effective address is the linear address: no base, no check. */
  public boolean flat;

  /**
   * Immediate, sign- or zero-extended as the row says; offset of a far pointer; for {@link #REL}
   * the distance from the start of the block.
   */
  public long imm;

  /** Second immediate (ENTER), selector of a far pointer. */
  public int imm2;

  public int prefixes;
  private int kinds;

  /** What operand {@code i}, 0 to 3, is. */
  public int kind(int i) {
    return kinds >>> 8 * i & 0xff;
  }

  void setKind(int i, int kind) {
    kinds |= kind << 8 * i;
  }

  /** Number of the register that operand {@code i}, 0 to 2, is. */
  public int register(int i) {
    return i == 0 ? dst : i == 1 ? src : src2;
  }

  /** Whether any of the prefixes is there. */
  public boolean hasPrefix(int bits) {
    return (prefixes & bits) != 0;
  }

  /** Whether any of the {@link Mode} bits is set. */
  public boolean in(int bits) {
    return (mode & bits) != 0;
  }

  @Override
  public String toString() {
    return Disassembler.intel(this, 0);
  }
}
