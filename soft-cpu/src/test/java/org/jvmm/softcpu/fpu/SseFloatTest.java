package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class SseFloatTest {
  private static final int PE_UNMASKED = Mxcsr.DEFAULT & ~(FpStatus.PE << 7);
  private static final int[] OPERATIONS = {
    SseFloat.ADD,
    SseFloat.SUB,
    SseFloat.MUL,
    SseFloat.DIV,
    SseFloat.SQRT,
    SseFloat.MIN,
    SseFloat.MAX
  };

  private final Mxcsr mxcsr = new Mxcsr();
  private final SseFloat floats = new SseFloat(mxcsr);
  private final Random random = new Random(5);

  /**
   * Values of moderate exponent, often with short significands so that exact results are common.
   */
  private long number64() {
    long exp = 1023 + random.nextInt(80) - 40;
    return random.nextLong() & -1L << random.nextInt(53) & 0x800F_FFFF_FFFF_FFFFL | exp << 52;
  }

  private int number32() {
    int exp = 127 + random.nextInt(40) - 20;
    return random.nextInt() & -1 << random.nextInt(24) & 0x807F_FFFF | exp << 23;
  }

  /** Unmasking PE turns the host's arithmetic off, so the two runs are independent computations. */
  @Test
  void hostArithmeticAndGeneralArithmeticAgreeOnResultAndExceptions() {
    for (int n = 0; n < 200_000; n++) {
      int opcode = OPERATIONS[n % OPERATIONS.length];
      long a = number64();
      long b = opcode == SseFloat.SQRT ? number64() & Long.MAX_VALUE : number64();
      int c = number32();
      int d = opcode == SseFloat.SQRT ? number32() & Integer.MAX_VALUE : number32();
      mxcsr.set(Mxcsr.DEFAULT);
      mxcsr.begin();
      long fast64 = floats.operate64(opcode, a, b);
      mxcsr.commit();
      int flags64 = mxcsr.get() & 0x3F;
      mxcsr.set(Mxcsr.DEFAULT);
      mxcsr.begin();
      int fast32 = floats.operate32(opcode, c, d);
      mxcsr.commit();
      int flags32 = mxcsr.get() & 0x3F;
      mxcsr.set(PE_UNMASKED);
      mxcsr.begin();
      assertEquals(floats.operate64(opcode, a, b), fast64);
      mxcsr.commit();
      assertEquals(mxcsr.get() & 0x3F, flags64, () -> "%x %x %x".formatted(opcode, a, b));
      mxcsr.set(PE_UNMASKED);
      mxcsr.begin();
      assertEquals(floats.operate32(opcode, c, d), fast32);
      mxcsr.commit();
      assertEquals(mxcsr.get() & 0x3F, flags32, () -> "%x %x %x".formatted(opcode, c, d));
    }
  }

  @Test
  void directedRoundingsEncloseTheNearest() {
    for (int n = 0; n < 50_000; n++) {
      int opcode = OPERATIONS[n % 4];
      long a = number64();
      long b = number64();
      double down = rounded(Rounding.DOWN, opcode, a, b);
      double up = rounded(Rounding.UP, opcode, a, b);
      double nearest = rounded(Rounding.NEAREST, opcode, a, b);
      assertTrue(down <= nearest && nearest <= up);
      assertTrue(down == up || Math.nextUp(down) == up);
      double zero = rounded(Rounding.ZERO, opcode, a, b);
      assertTrue(zero == (nearest < 0 ? up : down));
    }
  }

  private double rounded(int rc, int opcode, long a, long b) {
    mxcsr.set(Mxcsr.DEFAULT | rc << 13);
    return Double.longBitsToDouble(floats.operate64(opcode, a, b));
  }

  @Test
  void anUnmaskedInvalidHidesTheRoundingOfOtherElements() {
    mxcsr.set(Mxcsr.DEFAULT & ~(FpStatus.IE << 7));
    mxcsr.begin();
    floats.divide32(0, 0);
    floats.divide32(Float.floatToRawIntBits(1), Float.floatToRawIntBits(3));
    assertTrue(mxcsr.commit());
    assertEquals(FpStatus.IE, mxcsr.get() & 0x3F);
  }

  @Test
  void exceptionsOfEarlierInstructionsStaySticky() {
    mxcsr.begin();
    floats.divide64(Double.doubleToRawLongBits(1), 0);
    assertFalse(mxcsr.commit());
    mxcsr.begin();
    floats.add64(0, 0);
    assertFalse(mxcsr.commit());
    assertEquals(FpStatus.ZE, mxcsr.get() & 0x3F);
  }

  @Test
  void minimumAndMaximumGiveTheSecondOperandForNaNsAndZeros() {
    long nan = Double.doubleToRawLongBits(Double.NaN);
    long one = Double.doubleToRawLongBits(1);
    assertEquals(one, floats.minimum64(nan, one));
    assertEquals(nan, floats.maximum64(one, nan));
    assertEquals(Long.MIN_VALUE, floats.maximum64(0, Long.MIN_VALUE));
  }
}
