package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class SseEstimateTest {
  private static final double BOUND = 1.5 / 4096;

  @Test
  void reciprocalsStayWithinTheDocumentedRelativeError() {
    for (int bits = 0x3F80_0000; bits < 0x4080_0000; bits += 3) {
      float x = Float.intBitsToFloat(bits);
      assertTrue(
          Math.abs((double) Float.intBitsToFloat(SseEstimate.reciprocal(bits)) * x - 1) < BOUND);
      float root = Float.intBitsToFloat(SseEstimate.reciprocalSquareRoot(bits));
      assertTrue(Math.abs(root * Math.sqrt(x) - 1) < BOUND);
    }
  }

  @Test
  void denormalOperandsCountAsZero() {
    assertEquals(0xFF80_0000, SseEstimate.reciprocal(0x8000_0001));
    assertEquals(0x7F80_0000, SseEstimate.reciprocalSquareRoot(0x007F_FFFF));
  }

  @Test
  void tinyReciprocalsAreZero() {
    assertEquals(0x8000_0000, SseEstimate.reciprocal(0xFF7F_FFFF));
  }

  @Test
  void signalingNaNsBecomeQuietAndNegativeRootsIndefinite() {
    assertEquals(0x7FC0_0001, SseEstimate.reciprocal(0x7F80_0001));
    assertEquals(0xFFC0_0000, SseEstimate.reciprocalSquareRoot(0xBF80_0000));
    assertEquals(0, SseEstimate.reciprocalSquareRoot(0x7F80_0000));
  }
}
