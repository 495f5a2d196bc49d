package org.jvmm.softcpu.fpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class X87ArithmeticTest {
  private static final int DOUBLE_PRECISION = 0x27F;

  private final X87Result result = new X87Result();
  private final X87Arithmetic arithmetic = new X87Arithmetic(result);
  private final X87Convert convert = new X87Convert(result);
  private final Random random = new Random(80);

  private int signExp;
  private long mantissa;

  /** Leaves a random normal number in signExp and mantissa. */
  private void draw(int exponents) {
    signExp = random.nextInt(2) << 15 | Float80.BIAS + random.nextInt(exponents) - exponents / 2;
    mantissa = random.nextLong() & -1L << random.nextInt(64) | Float80.INTEGER_BIT;
  }

  private static BigDecimal value(int se, long m) {
    BigDecimal magnitude = new BigDecimal(new BigInteger(Long.toUnsignedString(m)));
    int exp = Math.max(se & Float80.EXP_MASK, 1) - Float80.BIAS - 63;
    BigDecimal scaled =
        exp >= 0
            ? magnitude.multiply(BigDecimal.valueOf(2).pow(exp))
            : magnitude.divide(BigDecimal.valueOf(2).pow(-exp));
    return (se & Float80.SIGN) != 0 ? scaled.negate() : scaled;
  }

  private BigDecimal value() {
    return value(result.signExp, result.mantissa);
  }

  @Test
  void doublePrecisionControlRoundsAsBinary64Does() {
    result.setControl(DOUBLE_PRECISION);
    for (int n = 0; n < 100_000; n++) {
      double a = (random.nextDouble() - 0.5) * 1e10;
      double b = (random.nextDouble() - 0.5) * Math.scalb(1, random.nextInt(60));
      assertEquals(a + b, operate(X87.ADD, a, b));
      assertEquals(a - b, operate(X87.SUB, a, b));
      assertEquals(a * b, operate(X87.MUL, a, b));
      assertEquals(a / b, operate(X87.DIV, a, b));
      assertEquals(Math.sqrt(Math.abs(a)), operate(-1, Math.abs(a), 0));
    }
  }

  private double operate(int op, double a, double b) {
    convert.fromFloat64(Double.doubleToRawLongBits(a));
    int se = result.signExp;
    long m = result.mantissa;
    convert.fromFloat64(Double.doubleToRawLongBits(b));
    switch (op) {
      case X87.ADD -> arithmetic.add(se, m, result.signExp, result.mantissa);
      case X87.SUB -> arithmetic.subtract(se, m, result.signExp, result.mantissa);
      case X87.MUL -> arithmetic.multiply(se, m, result.signExp, result.mantissa);
      case X87.DIV -> arithmetic.divide(se, m, result.signExp, result.mantissa);
      default -> arithmetic.squareRoot(se, m);
    }
    return Double.longBitsToDouble(convert.toFloat64(result.signExp, result.mantissa));
  }

  @Test
  void additionErrsByLessThanHalfAUnitAndSaysSo() {
    for (int n = 0; n < 5_000; n++) {
      draw(100);
      int se = signExp;
      long m = mantissa;
      draw(100);
      result.clear();
      arithmetic.add(se, m, signExp, mantissa);
      BigDecimal exact = value(se, m).add(value(signExp, mantissa));
      checkNearest(exact.subtract(value()));
    }
  }

  @Test
  void multiplicationErrsByLessThanHalfAUnitAndSaysSo() {
    for (int n = 0; n < 5_000; n++) {
      draw(100);
      int se = signExp;
      long m = mantissa;
      draw(100);
      result.clear();
      arithmetic.multiply(se, m, signExp, mantissa);
      BigDecimal exact = value(se, m).multiply(value(signExp, mantissa));
      checkNearest(exact.subtract(value()));
    }
  }

  private void checkNearest(BigDecimal error) {
    BigDecimal unit = value(result.signExp & Float80.EXP_MASK, 1);
    assertTrue(error.abs().multiply(BigDecimal.valueOf(2)).compareTo(unit) <= 0);
    assertEquals(error.signum() != 0, (result.flags & FpStatus.PE) != 0);
    boolean up = error.signum() != 0 && error.signum() < 0 == value().signum() > 0;
    assertEquals(up, (result.flags & FpStatus.C1) != 0);
  }

  @Test
  void quotientTimesDivisorEnclosesTheDividend() {
    for (int n = 0; n < 5_000; n++) {
      draw(100);
      int se = signExp & Float80.EXP_MASK;
      long m = mantissa;
      draw(100);
      signExp &= Float80.EXP_MASK;
      result.setControl(0x77F);
      arithmetic.divide(se, m, signExp, mantissa);
      assertTrue(value().multiply(value(signExp, mantissa)).compareTo(value(se, m)) <= 0);
      result.setControl(0xB7F);
      arithmetic.divide(se, m, signExp, mantissa);
      assertTrue(value().multiply(value(signExp, mantissa)).compareTo(value(se, m)) >= 0);
    }
  }

  @Test
  void squareOfTheRootEnclosesTheRadicand() {
    for (int n = 0; n < 5_000; n++) {
      draw(100);
      signExp &= Float80.EXP_MASK;
      BigDecimal radicand = value(signExp, mantissa);
      result.setControl(0x77F);
      arithmetic.squareRoot(signExp, mantissa);
      assertTrue(value().pow(2).compareTo(radicand) <= 0);
      result.setControl(0xB7F);
      arithmetic.squareRoot(signExp, mantissa);
      assertTrue(value().pow(2).compareTo(radicand) >= 0);
    }
  }

  @Test
  void repeatedPartialRemaindersReachTheRemainder() {
    X87Remainder remainder = new X87Remainder(result);
    for (int n = 0; n < 500; n++) {
      draw(400);
      int se = signExp;
      long m = mantissa;
      draw(400);
      BigDecimal expected = value(se, m).remainder(value(signExp, mantissa));
      int steps = 0;
      result.set(se, m);
      do {
        result.clear();
        remainder.step(result.signExp, result.mantissa, signExp, mantissa, false);
        steps++;
      } while ((result.flags & FpStatus.C2) != 0);
      assertEquals(0, expected.compareTo(value()));
      assertTrue(steps <= 14);
    }
  }

  @Test
  void integersAndPackedDecimalsMakeTheRoundTrip() {
    for (int n = 0; n < 5_000; n++) {
      long integer = random.nextLong() >> random.nextInt(64);
      convert.fromInteger(integer);
      assertEquals(
          integer, convert.toInteger(result.signExp, result.mantissa, 64, Rounding.NEAREST));
      long decimal = integer % 1_000_000_000_000_000_000L;
      convert.fromInteger(decimal);
      convert.toBcd(result.signExp, result.mantissa);
      String digits = "%04x%016x".formatted(result.signExp & 0x7FFF, result.mantissa);
      assertEquals(Math.abs(decimal), Long.parseLong(digits));
      convert.fromBcd(result.mantissa, result.signExp);
      assertEquals(0, value().compareTo(BigDecimal.valueOf(decimal)));
    }
  }
}
