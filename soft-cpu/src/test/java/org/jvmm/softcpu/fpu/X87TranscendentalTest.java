package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Identities between the functions, and with the constants that FLDPI and its kin load. */
final class X87TranscendentalTest {
  private static final int L2T = 1;
  private static final int PI = 3;
  private static final int LG2 = 4;
  private static final int LN2 = 5;

  private final X87 fpu = new X87();
  private final Random random = new Random(87);

  private void load(double value) {
    fpu.loadFloat64(Double.doubleToRawLongBits(value));
  }

  private void assertTopEquals(int signExp, long mantissa) {
    assertEquals(
        "%x:%x".formatted(signExp, mantissa),
        "%x:%x".formatted(fpu.state.signExp(0), fpu.state.mantissa(0)));
  }

  private void assertTopIsConstant(int number) {
    int signExp = fpu.state.signExp(0);
    long mantissa = fpu.state.mantissa(0);
    fpu.loadConstant(number);
    assertTopEquals(signExp, mantissa);
  }

  /** Distance of ST(0) from ST(1) relative to the size of ST(1), in units of 2^-64. */
  private double relativeDistance() {
    fpu.loadSt(1);
    fpu.arithmeticSti(X87.SUB, 1, true);
    fpu.arithmeticSti(X87.DIV, 1, true);
    fpu.store.prepareFloat64();
    double ratio = Double.longBitsToDouble(fpu.store.low);
    fpu.store.commit(true);
    return Math.abs(ratio) * 0x1p64;
  }

  @Test
  void fourTimesTheAngleOfTheDiagonalIsPi() {
    load(1);
    load(1);
    fpu.arcTangent();
    fpu.arithmeticFloat32(X87.MUL, Float.floatToRawIntBits(4));
    assertTopIsConstant(PI);
  }

  @Test
  void logarithmsOfTwoAndTenAreTheLoadedConstants() {
    load(1);
    load(10);
    fpu.yLog2X();
    assertTopIsConstant(L2T);
    fpu.loadConstant(LG2);
    load(10);
    fpu.yLog2X();
    assertTopEquals(Float80.BIAS, Float80.INTEGER_BIT);
    fpu.loadConstant(LN2);
    load(2);
    fpu.yLog2X();
    assertTopIsConstant(LN2);
  }

  @Test
  void sineAndCosineLieOnTheUnitCircle() {
    for (int n = 0; n < 5_000; n++) {
      fpu.state.init();
      load(1);
      load((random.nextDouble() - 0.5) * Math.scalb(1, random.nextInt(60)));
      fpu.sineCosine();
      fpu.arithmeticSt0(X87.MUL, 0);
      fpu.exchange(1);
      fpu.arithmeticSt0(X87.MUL, 0);
      fpu.arithmeticSti(X87.ADD, 1, true);
      assertTrue(relativeDistance() <= 4);
    }
  }

  @Test
  void tangentIsSineOverCosine() {
    for (int n = 0; n < 5_000; n++) {
      fpu.state.init();
      double angle = (random.nextDouble() - 0.5) * Math.scalb(1, random.nextInt(60));
      load(angle);
      fpu.tangent();
      fpu.storeSt(0, true);
      load(angle);
      fpu.sineCosine();
      fpu.arithmeticSti(X87.DIVR, 1, true); // sine / cosine
      assertTrue(relativeDistance() <= 6);
    }
  }

  @Test
  void logarithmUndoesThePower() {
    for (int n = 0; n < 5_000; n++) {
      fpu.state.init();
      double x = random.nextDouble() * Math.scalb(0.35, -random.nextInt(60));
      load(x);
      load(1);
      load(x);
      fpu.exp2Minus1();
      fpu.yLog2XPlus1();
      assertTrue(relativeDistance() <= 4);
    }
  }

  @Test
  void arcTangentUndoesTheTangent() {
    for (int n = 0; n < 5_000; n++) {
      fpu.state.init();
      double angle = (random.nextDouble() - 0.5) * Math.scalb(1, -random.nextInt(60));
      load(angle);
      load(angle);
      fpu.tangent();
      fpu.arcTangent();
      assertTrue(relativeDistance() <= 4);
    }
  }

  @Test
  void anArgumentBeyondTheRangeSetsC2AndStays() {
    load(0x1p63);
    fpu.sine();
    assertEquals(FpStatus.C2, fpu.state.statusWord() & 0x3F | fpu.state.statusWord() & FpStatus.C2);
    assertTopEquals(Float80.BIAS + 63, Float80.INTEGER_BIT);
  }
}
