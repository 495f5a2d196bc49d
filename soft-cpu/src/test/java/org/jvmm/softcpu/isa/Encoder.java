package org.jvmm.softcpu.isa;

import java.io.ByteArrayOutputStream;
import java.util.SplittableRandom;

/** Encodes a row of the instruction table for flat code with operands chosen at random. */
public final class Encoder {
  /** What the relative branches skip: as many bytes as an instruction behind them may have. */
  public static final int SKIPPED = 3;

  private final SplittableRandom random;
  private final boolean mode64;

  /** Linear address that absolute operands get, below 2 GiB. */
  private final int operand;

  private boolean wide;
  private boolean p66;
  private boolean p67;

  public Encoder(SplittableRandom random, boolean mode64, int operand) {
    this.random = random;
    this.mode64 = mode64;
    this.operand = operand;
  }

  private boolean chance(int oneOf) {
    return random.nextInt(oneOf) == 0;
  }

  /**
   * The bytes of an instruction of the row. Memory operands are at {@link #operand}, or use RBX as
   * base, or RSI as base and RDI as index.
   */
  public byte[] encode(Op op) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean memory = op.modRm && memory(op);
    wide = mode64 && chance(3);
    // Branches of 16 bits leave the code, and differ between vendors in 64-bit mode.
    p66 = op.prefix == Op.Prefix.ANY && !op.has(Op.F64) && chance(4);
    p67 = mode64 && chance(8);
    if (p67) {
      out.write(0x67);
    }
    if (op.has(Op.LOCK) && memory && chance(4)) {
      out.write(0xf0);
    }
    if (op.has(Op.REP) && chance(2)) {
      out.write(chance(2) ? 0xf2 : 0xf3);
    }
    if (p66 || op.prefix == Op.Prefix.P66) {
      out.write(0x66);
    }
    if (op.prefix == Op.Prefix.PF3 || op.prefix == Op.Prefix.PF2) {
      out.write(op.prefix == Op.Prefix.PF3 ? 0xf3 : 0xf2);
    }
    int extension = op.map == 0 && (op.opcode & 0xf8) == 0xd8 ? 0 : random.nextInt(8);
    int rex = mode64 ? (wide ? 8 : 0) | (memory ? extension & 4 : extension & 5) : 0;
    if (rex != 0 || mode64 && chance(4)) {
      out.write(0x40 | rex);
    }
    opcode(op, out);
    if (op.modRm) {
      modRm(op, memory, out);
    }
    immediates(op, out);
    return out.toByteArray();
  }

  private boolean memory(Op op) {
    if (op.rm != Op.ANY || op.mod == Op.Mod.REG) {
      return false;
    }
    for (Operand o : op.operands) {
      switch (o.place()) {
        case MEM -> {
          return true;
        }
        case RM_REG, XMM_RM_REG, MMX_RM_REG, X87 -> {
          return false;
        }
        default -> {}
      }
    }
    return op.mod == Op.Mod.MEM || chance(2);
  }

  private static void opcode(Op op, ByteArrayOutputStream out) {
    if (op.map > 0) {
      out.write(0x0f);
    }
    if (op.map > 1) {
      out.write(op.map == 2 ? 0x38 : 0x3a);
    }
    out.write(op.opcode);
  }

  private void modRm(Op op, boolean memory, ByteArrayOutputStream out) {
    int reg = (op.reg != Op.ANY ? op.reg : random.nextInt(8)) << 3;
    if (!memory) {
      out.write(0xc0 | reg | (op.rm != Op.ANY ? op.rm : random.nextInt(8)));
      return;
    }
    switch (random.nextInt(3)) {
      case 0 -> { // [disp32]
        out.write(reg | 4);
        out.write(0x25);
        little(operand, 4, out);
      }
      case 1 -> { // [rbx + disp8]
        out.write(0x40 | reg | 3);
        out.write(0);
      }
      default -> { // [rsi + rdi * 2 + disp32], of which RDI is 16 times a small number
        out.write(0x80 | reg | 4);
        out.write(0x40 | 7 << 3 | 6);
        little(0, 4, out);
      }
    }
  }

  private static void little(long value, int bytes, ByteArrayOutputStream out) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> 8 * i));
    }
  }

  private void immediates(Op op, ByteArrayOutputStream out) {
    int size = wide || mode64 && op.has(Op.D64) && !p66 ? 8 : p66 ? 2 : 4;
    for (Operand o : op.operands) {
      if (op.mnemonic.equals("enter")) { // a frame, and nestings, that the window has room for
        little(random.nextInt(o.size() == 'w' ? 32 : 4), o.width(size), out);
      } else if (o.place() == Operand.Place.REL) {
        little(SKIPPED, o.width(size), out);
      } else if (o.place() == Operand.Place.IMM) {
        int width = o.width(size);
        little(chance(3) ? random.nextInt(-2, 70) : random.nextLong(), width, out);
      } else if (o.place() == Operand.Place.OFFSET) {
        little(operand, mode64 && !p67 ? 8 : 4, out);
      }
    }
  }
}
