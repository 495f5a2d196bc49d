package org.jvmm.softcpu.diff;

import static org.jvmm.softcpu.diff.HostCode.FLAGS;
import static org.jvmm.softcpu.diff.HostCode.GPRS;
import static org.jvmm.softcpu.diff.HostCode.MEMORY;
import static org.jvmm.softcpu.diff.HostCode.WINDOW;
import static org.jvmm.softcpu.diff.HostCode.WINDOW_SIZE;

import java.util.SplittableRandom;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;

/** Fills records with register values at random, among them those that tend to be special. */
final class States {
  /** Where memory operands lie. */
  static final int OPERAND = WINDOW + 64;

  private static final int STACK = WINDOW + 128;

  private static final long[] INTEGERS = {
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    31,
    32,
    33,
    63,
    64,
    127,
    128,
    255,
    256,
    0x7fff,
    0x8000,
    0xffff,
    0x7fffffffL,
    0x80000000L,
    0xffffffffL,
    0x100000000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -128,
    -32768,
    0x8080808080808080L,
    0x7f7f7f7f7f7f7f7fL
  };
  private static final int[] SINGLES = {
    0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
    0x7f800001, 0x7fbfffff, 1, 0x807fffff, 0x00800000, 0x7f7fffff, 0x3f000000, 0x4f000000,
    0xcf000000, 0x5f000000, 0x4b800000, 0x3fc00000, 0x34000000
  };
  private static final long[] DOUBLES = {
    0,
    1L << 63,
    0x3ff0000000000000L,
    0xbff0000000000000L,
    0x7ff0000000000000L,
    0xfff0000000000000L,
    0x7ff8000000000000L,
    0xfff8000000000000L,
    0x7ff0000000000001L,
    1,
    0x800fffffffffffffL,
    0x0010000000000000L,
    0x7fefffffffffffffL,
    0x3fe0000000000000L,
    0x41e0000000000000L,
    0xc1e0000000000000L,
    0x43e0000000000000L,
    0x3ff8000000000000L,
    0x36a0000000000000L,
    0x47efffffe0000000L,
    0x3cb0000000000000L
  };

  private final SplittableRandom random;

  States(SplittableRandom random) {
    this.random = random;
  }

  /**
   * Fills the record at an address for an instruction.
   *
   * @param next the address of the code's end, where branches go to
   */
  void fill(long record, Insn in, int next) {
    x87(record);
    RawMemory.putInt(record + 24, mxcsr());
    int kind = random.nextInt(4);
    for (int i = 0; i < 32; i++) {
      RawMemory.putLong(record + 160 + 8 * i, vector(kind));
    }
    for (int i = 0; i < 16; i++) {
      RawMemory.putLong(record + GPRS + 8 * i, integer());
    }
    for (int i = 0; i < WINDOW_SIZE; i += 8) {
      RawMemory.putLong(record + MEMORY + i, kind == 3 ? integer() : vector(kind));
    }
    addresses(record, in);
    if (Forms.branches(in.op) || in.op.mnemonic.endsWith("mxcsr")) {
      operand(record, in, Forms.branches(in.op) ? next : random.nextInt(0x1_0000));
    } else if (in.op.mnemonic.equals("popf")) {
      push(record, random.nextInt() & 0xcd5 | 0x202);
    }
    RawMemory.putLong(record + FLAGS, random.nextLong() & 0x8d5 | 0x202);
  }

  private static void gpr(long record, int number, long value) {
    RawMemory.putLong(record + GPRS + 8 * number, value);
  }

  private static long gpr(long record, int number) {
    return RawMemory.getLong(record + GPRS + 8 * number);
  }

  /** Gives the only operand, or the top of the stack, a value. */
  private void operand(long record, Insn in, int value) {
    if (in.kind(0) == Insn.GPR) {
      gpr(record, in.dst, value);
    } else if (in.memory >= 0) {
      gpr(record, 3, OPERAND);
      gpr(record, 6, OPERAND);
      gpr(record, 7, 0);
      RawMemory.putLong(record + MEMORY + OPERAND - WINDOW, value);
    } else {
      push(record, value);
    }
  }

  private static void push(long record, int value) {
    RawMemory.putLong(record + MEMORY + STACK - WINDOW, value);
  }

  /** Makes every address that the instruction can form one of the window. */
  private void addresses(long record, Insn in) {
    gpr(record, 4, STACK);
    String name = in.op.mnemonic;
    boolean aligned = in.op.has(Op.ALIGNED) || name.equals("cmpxchg8b");
    int align = aligned ? 0 : random.nextInt(16);
    if (in.memory >= 0) {
      gpr(record, 3, OPERAND + align);
      gpr(record, 7, 16 * random.nextInt(2));
      gpr(record, 6, OPERAND + align);
    }
    if (in.kind(0) == Insn.STRING || in.kind(1) == Insn.STRING) {
      gpr(record, 6, WINDOW + 64 + random.nextInt(64));
      gpr(record, 7, WINDOW + 64 + random.nextInt(64));
      gpr(record, 1, random.nextInt(9));
    } else if (name.startsWith("maskmov")) {
      gpr(record, 7, OPERAND + align);
    } else if (name.startsWith("bt") && in.memory == 0 && in.kind(1) == Insn.GPR) {
      gpr(record, in.src, random.nextInt(-512, 512));
    } else if (name.equals("xlat")) {
      gpr(record, 3, WINDOW);
    } else if (name.equals("leave") || name.equals("enter")) {
      gpr(record, 5, WINDOW + 96);
    } else if (name.equals("div") || name.equals("idiv")) {
      dividend(record, in.width);
    }
  }

  /** A dividend of which most quotients exist. */
  private void dividend(long record, int width) {
    boolean negative = random.nextInt(3) == 0;
    gpr(record, 2, negative ? -1 : random.nextInt(4));
    long low = gpr(record, 0);
    gpr(record, 0, width == 1 ? negative ? low | 0xff80 : low & ~0xfe00L : low);
  }

  private long integer() {
    int kind = random.nextInt(4);
    return switch (kind) {
      case 0 -> INTEGERS[random.nextInt(INTEGERS.length)];
      case 1 -> random.nextLong() >> random.nextInt(64);
      default -> random.nextLong();
    };
  }

  private int mxcsr() {
    int value = 0x1f80 | (random.nextInt(3) == 0 ? random.nextInt(4) << 13 : 0);
    value |= random.nextInt(4) == 0 ? random.nextInt() & 0x8040 : 0;
    return value | (random.nextInt(3) == 0 ? random.nextInt() & 0x3f : 0);
  }

  private long vector(int kind) {
    return switch (kind) {
      case 0 -> single() & 0xffffffffL | (long) single() << 32;
      case 1 -> wide();
      case 2 -> random.nextLong();
      default -> integer() & 0xffffffffL | integer() << 32;
    };
  }

  private int single() {
    return switch (random.nextInt(5)) {
      case 0 -> SINGLES[random.nextInt(SINGLES.length)];
      case 1 -> random.nextInt();
      case 2 -> Float.floatToRawIntBits(random.nextInt(-100, 100) / 4f);
      default ->
          Float.floatToRawIntBits((float) (random.nextDouble(-2, 2) * scale(random.nextInt(40))));
    };
  }

  private long wide() {
    return switch (random.nextInt(5)) {
      case 0 -> DOUBLES[random.nextInt(DOUBLES.length)];
      case 1 -> random.nextLong();
      case 2 -> Double.doubleToRawLongBits(random.nextInt(-100, 100) / 4d);
      default -> Double.doubleToRawLongBits(random.nextDouble(-2, 2) * scale(random.nextInt(70)));
    };
  }

  private static double scale(int power) {
    return Math.scalb(1d, power - 10);
  }

  private void x87(long record) {
    int rounding = random.nextInt(3) == 0 ? random.nextInt(16) << 8 & 0xf00 : 0x300;
    int masks = random.nextInt(8) == 0 ? random.nextInt(64) : 0x3f;
    // Reserved precision control 1 is left out.
    rounding = (rounding & 0x300) == 0x100 ? rounding ^ 0x100 : rounding;
    RawMemory.putShort(record, (short) (rounding | masks | 0x40));
    int top = random.nextInt(8);
    RawMemory.putShort(record + 2, (short) (top << 11 | random.nextInt() & 0x4700));
    int tags = random.nextInt(3) == 0 ? random.nextInt(256) : 0xff;
    if (random.nextInt(2) == 0) {
      tags &= ~(1 << (top - 1 & 7)); // room for a push
    }
    RawMemory.putShort(record + 4, (short) tags);
    RawMemory.putShort(record + 6, (short) 0);
    RawMemory.putLong(record + 8, 0);
    RawMemory.putLong(record + 16, 0);
    for (int i = 0; i < 8; i++) {
      long mantissa = random.nextInt(3) == 0 ? 0 : random.nextLong();
      RawMemory.putLong(
          record + 32 + 16 * i, random.nextInt(12) == 0 ? mantissa : mantissa | 1L << 63);
      RawMemory.putLong(record + 40 + 16 * i, signExponent());
    }
  }

  private long signExponent() {
    int sign = random.nextInt(2) << 15;
    int exponent =
        switch (random.nextInt(8)) {
          case 0 -> random.nextInt(0x8000);
          case 1 -> 0x7fff;
          case 2 -> 0;
          default -> 0x3fff + random.nextInt(-70, 70);
        };
    return sign | exponent;
  }
}
