package org.jvmm.softcpu.exec;

import java.util.function.LongBinaryOperator;

/**
 * The packed integer operations that treat each 64 bits of their operands alike, by mnemonic; its
 * last letter is the width of an element where there are several.
 */
final class Lanewise {
  private Lanewise() {}

  /** The operation, or null if it is not of this kind. */
  static LongBinaryOperator find(String mnemonic) {
    LongBinaryOperator f = logic(mnemonic);
    f = f != null ? f : multiply(mnemonic);
    int end = mnemonic.length() - 1;
    int width = width(mnemonic.charAt(end));
    f = f != null ? f : modular(mnemonic.substring(0, end), width);
    return f != null ? f : saturating(mnemonic.substring(0, end), width);
  }

  /** A shift by the operand's low 64 bits, or null. */
  static LongBinaryOperator shift(String mnemonic) {
    if (mnemonic.length() != 5) {
      return null;
    }
    int width = width(mnemonic.charAt(4));
    return switch (mnemonic.substring(0, 4)) {
      case "psll" -> (a, n) -> Lanes.shiftLeft(a, n, width);
      case "psrl" -> (a, n) -> Lanes.shiftRight(a, n, width);
      case "psra" -> (a, n) -> Lanes.shiftRightSigned(a, n, width);
      default -> null;
    };
  }

  private static int width(char letter) {
    return switch (letter) {
      case 'b' -> 8;
      case 'w' -> 16;
      case 'd' -> 32;
      default -> 64;
    };
  }

  private static LongBinaryOperator logic(String mnemonic) {
    return switch (mnemonic) {
      case "pand", "andps", "andpd" -> (a, b) -> a & b;
      case "pandn", "andnps", "andnpd" -> (a, b) -> ~a & b;
      case "por", "orps", "orpd" -> (a, b) -> a | b;
      case "pxor", "xorps", "xorpd" -> (a, b) -> a ^ b;
      default -> null;
    };
  }

  private static LongBinaryOperator multiply(String mnemonic) {
    return switch (mnemonic) {
      case "pmullw" -> (a, b) -> Lanes.zip(a, b, 16, (x, y) -> x * y);
      case "pmulld" -> (a, b) -> Lanes.zip(a, b, 32, (x, y) -> x * y);
      case "pmulhw" -> (a, b) -> Lanes.zip(a, b, 16, (x, y) -> x * y >> 16);
      case "pmulhuw" -> (a, b) -> Lanes.zipUnsigned(a, b, 16, (x, y) -> x * y >> 16);
      case "pmulhrsw" -> (a, b) -> Lanes.zip(a, b, 16, (x, y) -> (x * y >> 14) + 1 >> 1);
      case "pmuludq" -> (a, b) -> (a & 0xffffffffL) * (b & 0xffffffffL);
      case "pmuldq" -> (a, b) -> (long) (int) a * (int) b;
      case "pmaddwd" -> Lanes::multiplyAdd;
      case "pmaddubsw" -> Lanes::multiplyAddBytes;
      case "psadbw" -> Lanes::sumOfDifferences;
      default -> null;
    };
  }

  private static LongBinaryOperator modular(String name, int width) {
    return switch (name) {
      case "padd" -> (a, b) -> Lanes.add(a, b, width);
      case "psub" -> (a, b) -> Lanes.subtract(a, b, width);
      case "pcmpeq" -> (a, b) -> Lanes.equal(a, b, width);
      case "pcmpgt" -> (a, b) -> Lanes.greater(a, b, width);
      case "pavg" -> (a, b) -> Lanes.average(a, b, width);
      case "pmins" -> (a, b) -> Lanes.minimum(a, b, width, true);
      case "pminu" -> (a, b) -> Lanes.minimum(a, b, width, false);
      case "pmaxs" -> (a, b) -> Lanes.maximum(a, b, width, true);
      case "pmaxu" -> (a, b) -> Lanes.maximum(a, b, width, false);
      case "psign" -> (a, b) -> Lanes.sign(a, b, width);
      case "pabs" -> (a, b) -> Lanes.sign(b, b, width);
      default -> null;
    };
  }

  private static LongBinaryOperator saturating(String name, int width) {
    return switch (name) {
      case "padds" -> (a, b) -> Lanes.zip(a, b, width, (x, y) -> Lanes.saturate(x + y, width));
      case "psubs" -> (a, b) -> Lanes.zip(a, b, width, (x, y) -> Lanes.saturate(x - y, width));
      case "paddus" ->
          (a, b) -> Lanes.zipUnsigned(a, b, width, (x, y) -> Lanes.saturateUnsigned(x + y, width));
      case "psubus" ->
          (a, b) -> Lanes.zipUnsigned(a, b, width, (x, y) -> Lanes.saturateUnsigned(x - y, width));
      default -> null;
    };
  }
}
