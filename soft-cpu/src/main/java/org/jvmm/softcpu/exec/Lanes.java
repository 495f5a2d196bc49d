package org.jvmm.softcpu.exec;

import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Integer elements side by side in a long: what MMX does with a register and SSE with each half of
 * one. Widths are in bits.
 */
final class Lanes {
  private Lanes() {}

  /** The lowest bit of each lane. */
  static long ones(int width) {
    return switch (width) {
      case 8 -> 0x0101010101010101L;
      case 16 -> 0x0001000100010001L;
      case 32 -> 0x0000000100000001L;
      default -> 1;
    };
  }

  private static long signs(int width) {
    return ones(width) << width - 1;
  }

  /** A lane of low bits as an integer. */
  static long unsigned(long a, int width, int at) {
    return a >>> at & -1L >>> 64 - width;
  }

  static long signed(long a, int width, int at) {
    return a << 64 - width - at >> 64 - width;
  }

  // Lane by lane without loops

  static long add(long a, long b, int width) {
    long h = signs(width);
    return (a & ~h) + (b & ~h) ^ (a ^ b) & h;
  }

  static long subtract(long a, long b, int width) {
    long h = signs(width);
    return (a | h) - (b & ~h) ^ (a ^ ~b) & h;
  }

  /** From a lane's highest bit to all of its bits. */
  private static long spread(long highest, int width) {
    return highest | highest - (highest >>> width - 1);
  }

  static long equal(long a, long b, int width) {
    long h = signs(width);
    long x = a ^ b;
    return spread(~((x & ~h) + ~h | x) & h, width);
  }

  static long greater(long a, long b, int width) {
    long d = subtract(b, a, width);
    return spread((d ^ (b ^ a) & (d ^ b)) & signs(width), width);
  }

  private static long choose(long mask, long a, long b) {
    return a & mask | b & ~mask;
  }

  static long minimum(long a, long b, int width, boolean signed) {
    long bias = signed ? 0 : signs(width);
    return choose(greater(a ^ bias, b ^ bias, width), b, a);
  }

  static long maximum(long a, long b, int width, boolean signed) {
    long bias = signed ? 0 : signs(width);
    return choose(greater(a ^ bias, b ^ bias, width), a, b);
  }

  /** PAVG: rounds up. */
  static long average(long a, long b, int width) {
    return (a | b) - (((a ^ b) & ~ones(width)) >>> 1);
  }

  static long negate(long a, int width) {
    return subtract(0, a, width);
  }

  /** PSIGN: {@code a} with the sign of {@code b} applied. */
  static long sign(long a, long b, int width) {
    long negative = greater(0, b, width);
    return choose(negative, negate(a, width), a) & ~equal(b, 0, width);
  }

  // Shifts; a count is unsigned

  static long shiftLeft(long a, long count, int width) {
    if (Long.compareUnsigned(count, width) >= 0) {
      return 0;
    }
    return (a << count) & ones(width) * (-1L >>> 64 - width << count & -1L >>> 64 - width);
  }

  static long shiftRight(long a, long count, int width) {
    if (Long.compareUnsigned(count, width) >= 0) {
      return 0;
    }
    return (a >>> count) & ones(width) * (-1L >>> 64 - width >>> count);
  }

  static long shiftRightSigned(long a, long count, int width) {
    int n = Long.compareUnsigned(count, width) >= 0 ? width - 1 : (int) count;
    return map(a, width, x -> x >> n);
  }

  // Lane by lane in a loop

  /** Applies a function to each lane, sign-extended. */
  static long map(long a, int width, LongUnaryOperator f) {
    long result = 0;
    for (int at = 0; at < 64; at += width) {
      result |= clip(f.applyAsLong(signed(a, width, at)), width) << at;
    }
    return result;
  }

  /** Applies a function to the lanes of two operands, sign-extended. */
  static long zip(long a, long b, int width, LongBinaryOperator f) {
    long result = 0;
    for (int at = 0; at < 64; at += width) {
      long element = f.applyAsLong(signed(a, width, at), signed(b, width, at));
      result |= clip(element, width) << at;
    }
    return result;
  }

  /** Applies a function to the lanes of two operands, zero-extended. */
  static long zipUnsigned(long a, long b, int width, LongBinaryOperator f) {
    long result = 0;
    for (int at = 0; at < 64; at += width) {
      long element = f.applyAsLong(unsigned(a, width, at), unsigned(b, width, at));
      result |= clip(element, width) << at;
    }
    return result;
  }

  static long clip(long value, int width) {
    return value & -1L >>> 64 - width;
  }

  static long saturate(long value, int width) {
    long top = (1L << width - 1) - 1;
    return Math.max(-top - 1, Math.min(top, value));
  }

  static long saturateUnsigned(long value, int width) {
    return Math.max(0, Math.min((1L << width) - 1, value));
  }

  /** PMADDWD. */
  static long multiplyAdd(long a, long b) {
    long low = signed(a, 16, 0) * signed(b, 16, 0) + signed(a, 16, 16) * signed(b, 16, 16);
    long high = signed(a, 16, 32) * signed(b, 16, 32) + signed(a, 16, 48) * signed(b, 16, 48);
    return low & 0xffffffffL | high << 32;
  }

  /** PMADDUBSW: unsigned bytes of {@code a} by signed ones of {@code b}. */
  static long multiplyAddBytes(long a, long b) {
    long result = 0;
    for (int at = 0; at < 64; at += 16) {
      long sum =
          unsigned(a, 8, at) * signed(b, 8, at) + unsigned(a, 8, at + 8) * signed(b, 8, at + 8);
      result |= clip(saturate(sum, 16), 16) << at;
    }
    return result;
  }

  /** PSADBW. */
  static long sumOfDifferences(long a, long b) {
    long sum = 0;
    for (int at = 0; at < 64; at += 8) {
      sum += Math.abs(unsigned(a, 8, at) - unsigned(b, 8, at));
    }
    return sum;
  }

  // Two longs into one

  /**
   * The lanes of {@code a} and then of {@code b}, each narrowed to half its width by a function.
   */
  static long narrow(long a, long b, int width, LongUnaryOperator f) {
    int half = width / 2;
    long result = 0;
    for (int at = 0; at < 64; at += width) {
      result |= clip(f.applyAsLong(signed(a, width, at)), half) << at / 2;
      result |= clip(f.applyAsLong(signed(b, width, at)), half) << 32 + at / 2;
    }
    return result;
  }

  /** A function of neighbours: of those in {@code a}, then of those in {@code b}. */
  static long horizontal(long a, long b, int width, LongBinaryOperator f) {
    int out = 0;
    long result = 0;
    for (int n = 0; n < 2; n++) {
      long x = n == 0 ? a : b;
      for (int at = 0; at < 64; at += 2 * width) {
        long element = f.applyAsLong(signed(x, width, at), signed(x, width, at + width));
        result |= clip(element, width) << out;
        out += width;
      }
    }
    return result;
  }

  /** The lanes of the low halves of {@code a} and {@code b} by turns. */
  static long interleave(long a, long b, int width) {
    return switch (width) {
      case 8 -> spreadBytes(a) | spreadBytes(b) << 8;
      case 16 -> spreadWords(a) | spreadWords(b) << 16;
      default -> a & 0xffffffffL | b << 32;
    };
  }

  private static long spreadWords(long a) {
    return a & 0xffff | (a & 0xffff0000L) << 16;
  }

  private static long spreadBytes(long a) {
    long words = spreadWords(a);
    return (words | words << 8) & 0x00ff00ff00ff00ffL;
  }

  /** The highest bit of each byte. */
  static int byteSigns(long a) {
    return (int) ((a >>> 7 & 0x0101010101010101L) * 0x0102040810204080L >>> 56);
  }

  /** A lane of a 128-bit value. */
  static long element(long low, long high, int width, int index) {
    int at = index * width;
    return unsigned(at < 64 ? low : high, width, at & 63);
  }

  /** Puts a lane into a long. */
  static long insert(long into, long value, int width, int at) {
    long mask = -1L >>> 64 - width << at;
    return into & ~mask | value << at & mask;
  }

  /** PSHUFB for 8 of the result's bytes. */
  static long shuffleBytes(long low, long high, long control, int indexMask) {
    long result = 0;
    for (int at = 0; at < 64; at += 8) {
      int index = (int) (control >>> at);
      if ((index & 0x80) == 0) {
        result |= element(low, high, 8, index & indexMask) << at;
      }
    }
    return result;
  }
}
