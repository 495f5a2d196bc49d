package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** SSE conversions that change the width of their elements or their register file. */
final class Conversions implements Family {
  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "cvtsi2ss" -> Binder.of(Conversions::integerToSingle);
      case "cvtsi2sd" -> Binder.of(Conversions::integerToDouble);
      case "cvtss2si" -> Binder.of((c, in) -> singleToInteger(c, in, false));
      case "cvttss2si" -> Binder.of((c, in) -> singleToInteger(c, in, true));
      case "cvtsd2si" -> Binder.of((c, in) -> doubleToInteger(c, in, false));
      case "cvttsd2si" -> Binder.of((c, in) -> doubleToInteger(c, in, true));
      case "cvtss2sd" -> Binder.of(Conversions::singleToDouble);
      case "cvtsd2ss" -> Binder.of(Conversions::doubleToSingle);
      case "cvtps2pd" -> Binder.of(Conversions::singlesToDoubles);
      case "cvtpd2ps" -> Binder.of(Conversions::doublesToSingles);
      case "cvtdq2pd" -> Binder.of(Conversions::integersToDoubles);
      case "cvtpd2dq" -> Binder.of((c, in) -> doublesToIntegers(c, in, false));
      case "cvttpd2dq" -> Binder.of((c, in) -> doublesToIntegers(c, in, true));
      case "cvtpi2ps" -> Binder.of(Conversions::mmxToSingles);
      case "cvtpi2pd" -> Binder.of(Conversions::mmxToDoubles);
      case "cvtps2pi" -> Binder.of((c, in) -> singlesToMmx(c, in, false));
      case "cvttps2pi" -> Binder.of((c, in) -> singlesToMmx(c, in, true));
      case "cvtpd2pi" -> Binder.of((c, in) -> doublesToMmx(c, in, false));
      case "cvttpd2pi" -> Binder.of((c, in) -> doublesToMmx(c, in, true));
      default -> null;
    };
  }

  private static void begin(Cpu c) {
    Sse.begin(c);
    c.mxcsr.begin();
  }

  /** The general register or memory operand, sign-extended. */
  private static long integer(Cpu c, Insn in) {
    long value = Form.loadSecond(c, in, in.srcWidth);
    return in.srcWidth == 8 ? value : (int) value;
  }

  private static void integerToSingle(Cpu c, Insn in) {
    begin(c);
    int result = c.convert.integerToFloat32(integer(c, in));
    Sse.commit(c);
    Sse.setLow(c, in, 4, result);
  }

  private static void integerToDouble(Cpu c, Insn in) {
    begin(c);
    long result = c.convert.integerToFloat64(integer(c, in));
    Sse.commit(c);
    Sse.setLow(c, in, 8, result);
  }

  private static void singleToInteger(Cpu c, Insn in, boolean truncate) {
    begin(c);
    int bits = (int) Sse.low(c, in, 4);
    long result = c.convert.float32ToInteger(bits, 8 * in.width, truncate);
    Sse.commit(c);
    c.set(in.dst, in.width, result);
  }

  private static void doubleToInteger(Cpu c, Insn in, boolean truncate) {
    begin(c);
    long result = c.convert.float64ToInteger(Sse.low(c, in, 8), 8 * in.width, truncate);
    Sse.commit(c);
    c.set(in.dst, in.width, result);
  }

  private static void singleToDouble(Cpu c, Insn in) {
    begin(c);
    long result = c.convert.float32ToFloat64((int) Sse.low(c, in, 4));
    Sse.commit(c);
    Sse.setLow(c, in, 8, result);
  }

  private static void doubleToSingle(Cpu c, Insn in) {
    begin(c);
    int result = c.convert.float64ToFloat32(Sse.low(c, in, 8));
    Sse.commit(c);
    Sse.setLow(c, in, 4, result);
  }

  private static void singlesToDoubles(Cpu c, Insn in) {
    begin(c);
    long pair = Sse.low(c, in, 8);
    long low = c.convert.float32ToFloat64((int) pair);
    long high = c.convert.float32ToFloat64(PackedFloats.high(pair));
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static void doublesToSingles(Cpu c, Insn in) {
    begin(c);
    int s = Sse.source(c, in);
    int low = c.convert.float64ToFloat32(c.xmm[s]);
    int high = c.convert.float64ToFloat32(c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, PackedFloats.join(low, high), 0);
  }

  private static void integersToDoubles(Cpu c, Insn in) {
    begin(c);
    doubles(c, in, Sse.low(c, in, 8));
  }

  /** Always exact. */
  private static void doubles(Cpu c, Insn in, long pair) {
    long low = c.convert.integerToFloat64((int) pair);
    Sse.set(c, in, low, c.convert.integerToFloat64(PackedFloats.high(pair)));
  }

  private static long integers(Cpu c, Insn in, boolean truncate) {
    int s = Sse.source(c, in);
    int low = (int) c.convert.float64ToInteger(c.xmm[s], 32, truncate);
    int high = (int) c.convert.float64ToInteger(c.xmm[s + 1], 32, truncate);
    return PackedFloats.join(low, high);
  }

  private static void doublesToIntegers(Cpu c, Insn in, boolean truncate) {
    begin(c);
    long result = integers(c, in, truncate);
    Sse.commit(c);
    Sse.set(c, in, result, 0);
  }

  /**
   * The MMX operand of CVTPI2PS and CVTPI2PD. With a memory operand the x87 registers stay what
   * they are: SDM vol. 2 says so for the latter, processors do it for both.
   */
  private static long mmxPair(Cpu c, Insn in) {
    if (in.memory != 1) {
      Sse.beginMmx(c);
    }
    return Sse.mmx(c, in);
  }

  private static void enterMmx(Cpu c, Insn in) {
    if (in.memory != 1) {
      c.fpu.state.enterMmx();
    }
  }

  private static void mmxToSingles(Cpu c, Insn in) {
    begin(c);
    long pair = mmxPair(c, in);
    int low = c.convert.integerToFloat32((int) pair);
    int high = c.convert.integerToFloat32(PackedFloats.high(pair));
    Sse.commit(c);
    enterMmx(c, in);
    Sse.setLow(c, in, 8, PackedFloats.join(low, high));
  }

  private static void mmxToDoubles(Cpu c, Insn in) {
    begin(c);
    long pair = mmxPair(c, in);
    enterMmx(c, in);
    doubles(c, in, pair);
  }

  private static void singlesToMmx(Cpu c, Insn in, boolean truncate) {
    begin(c);
    Sse.beginMmx(c);
    long pair = Sse.low(c, in, 8);
    int low = (int) c.convert.float32ToInteger((int) pair, 32, truncate);
    int high = (int) c.convert.float32ToInteger(PackedFloats.high(pair), 32, truncate);
    Sse.commit(c);
    Sse.setMmx(c, in, PackedFloats.join(low, high));
  }

  private static void doublesToMmx(Cpu c, Insn in, boolean truncate) {
    begin(c);
    Sse.beginMmx(c);
    long result = integers(c, in, truncate);
    Sse.commit(c);
    Sse.setMmx(c, in, result);
  }
}
