package org.jvmm.softcpu.exec;

import java.util.List;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fpu.SseEstimate;
import org.jvmm.softcpu.fpu.SseFloat;
import org.jvmm.softcpu.isa.Insn;

/** Arithmetic, comparison and rounding of SSE floats, packed (PS, PD) and scalar (SS, SD). */
final class PackedFloats implements Family {
  /** An operation on binary32 elements. */
  @FunctionalInterface
  interface Single {
    int apply(Cpu c, Insn in, int a, int b);
  }

  /** An operation on binary64 elements. */
  @FunctionalInterface
  interface Wide {
    long apply(Cpu c, Insn in, long a, long b);
  }

  private static final List<String> NAMES =
      List.of("sqrt", "add", "mul", "sub", "min", "div", "max");
  private static final int[] OPERATIONS = {
    SseFloat.SQRT,
    SseFloat.ADD,
    SseFloat.MUL,
    SseFloat.SUB,
    SseFloat.MIN,
    SseFloat.DIV,
    SseFloat.MAX
  };

  @Override
  public Binder binder(String mnemonic) {
    Handler.Semantics special = special(mnemonic);
    if (special != null) {
      return Binder.of(special);
    }
    if (mnemonic.length() < 5) {
      return null;
    }
    int end = mnemonic.length() - 2;
    String name = mnemonic.substring(0, end);
    Single single = single(name);
    Wide wide = wide(name);
    return switch (mnemonic.substring(end)) {
      case "ps" -> single == null ? null : Binder.of((c, in) -> packed(c, in, single));
      case "ss" -> single == null ? null : Binder.of((c, in) -> scalar(c, in, single));
      case "pd" -> wide == null ? null : Binder.of((c, in) -> packedWide(c, in, wide));
      case "sd" -> wide == null ? null : Binder.of((c, in) -> scalarWide(c, in, wide));
      default -> null;
    };
  }

  private static Single single(String name) {
    int number = NAMES.indexOf(name);
    if (number >= 0) {
      int operation = OPERATIONS[number];
      return (c, in, a, b) -> c.sse.operate32(operation, a, b);
    }
    return switch (name) {
      case "cmp" -> (c, in, a, b) -> c.sse.compare32(a, b, (int) in.imm & 7);
      case "round" -> (c, in, a, b) -> c.convert.round32(b, (int) in.imm);
      case "rcp" -> (c, in, a, b) -> SseEstimate.reciprocal(b);
      case "rsqrt" -> (c, in, a, b) -> SseEstimate.reciprocalSquareRoot(b);
      default -> null;
    };
  }

  private static Wide wide(String name) {
    int number = NAMES.indexOf(name);
    if (number >= 0) {
      int operation = OPERATIONS[number];
      return (c, in, a, b) -> c.sse.operate64(operation, a, b);
    }
    return switch (name) {
      case "cmp" -> (c, in, a, b) -> c.sse.compare64(a, b, (int) in.imm & 7);
      case "round" -> (c, in, a, b) -> c.convert.round64(b, (int) in.imm);
      default -> null;
    };
  }

  private static Handler.Semantics special(String mnemonic) {
    return switch (mnemonic) {
      case "haddps" -> (c, in) -> horizontalSingle(c, in, SseFloat.ADD);
      case "hsubps" -> (c, in) -> horizontalSingle(c, in, SseFloat.SUB);
      case "haddpd" -> (c, in) -> horizontalDouble(c, in, SseFloat.ADD);
      case "hsubpd" -> (c, in) -> horizontalDouble(c, in, SseFloat.SUB);
      case "addsubps" -> PackedFloats::addSubtractSingle;
      case "addsubpd" -> PackedFloats::addSubtractDouble;
      case "ucomiss" -> (c, in) -> compare(c, in, 4, true);
      case "comiss" -> (c, in) -> compare(c, in, 4, false);
      case "ucomisd" -> (c, in) -> compare(c, in, 8, true);
      case "comisd" -> (c, in) -> compare(c, in, 8, false);
      case "cvtdq2ps" ->
          (c, in) -> packed(c, in, (cpu, i, a, b) -> cpu.convert.integerToFloat32(b));
      case "cvtps2dq" -> (c, in) -> packed(c, in, (cpu, i, a, b) -> integer(cpu, b, false));
      case "cvttps2dq" -> (c, in) -> packed(c, in, (cpu, i, a, b) -> integer(cpu, b, true));
      case "dpps" -> PackedFloats::dotSingle;
      case "dppd" -> PackedFloats::dotDouble;
      default -> null;
    };
  }

  private static int integer(Cpu c, int bits, boolean truncate) {
    return (int) c.convert.float32ToInteger(bits, 32, truncate);
  }

  /** Two binary32 as a long. */
  static long join(int low, int high) {
    return low & 0xffffffffL | (long) high << 32;
  }

  static int high(long pair) {
    return (int) (pair >>> 32);
  }

  private static void packed(Cpu c, Insn in, Single f) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = twice(c, in, f, c.xmm[d], c.xmm[s]);
    long high = twice(c, in, f, c.xmm[d + 1], c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static long twice(Cpu c, Insn in, Single f, long a, long b) {
    int low = f.apply(c, in, (int) a, (int) b);
    return join(low, f.apply(c, in, high(a), high(b)));
  }

  private static void packedWide(Cpu c, Insn in, Wide f) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = f.apply(c, in, c.xmm[d], c.xmm[s]);
    long high = f.apply(c, in, c.xmm[d + 1], c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static void scalar(Cpu c, Insn in, Single f) {
    Sse.begin(c);
    c.mxcsr.begin();
    int b = (int) Sse.low(c, in, 4);
    int result = f.apply(c, in, (int) c.xmm[Sse.target(in)], b);
    Sse.commit(c);
    Sse.setLow(c, in, 4, result);
  }

  private static void scalarWide(Cpu c, Insn in, Wide f) {
    Sse.begin(c);
    c.mxcsr.begin();
    long b = Sse.low(c, in, 8);
    long result = f.apply(c, in, c.xmm[Sse.target(in)], b);
    Sse.commit(c);
    Sse.setLow(c, in, 8, result);
  }

  private static void horizontalSingle(Cpu c, Insn in, int operation) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = neighbours(c, operation, c.xmm[d], c.xmm[d + 1]);
    long high = neighbours(c, operation, c.xmm[s], c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static long neighbours(Cpu c, int operation, long x, long y) {
    int low = c.sse.operate32(operation, (int) x, high(x));
    return join(low, c.sse.operate32(operation, (int) y, high(y)));
  }

  private static void horizontalDouble(Cpu c, Insn in, int operation) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = c.sse.operate64(operation, c.xmm[d], c.xmm[d + 1]);
    long high = c.sse.operate64(operation, c.xmm[s], c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static void addSubtractSingle(Cpu c, Insn in) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = subtractThenAdd(c, c.xmm[d], c.xmm[s]);
    long high = subtractThenAdd(c, c.xmm[d + 1], c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static long subtractThenAdd(Cpu c, long a, long b) {
    return join(c.sse.subtract32((int) a, (int) b), c.sse.add32(high(a), high(b)));
  }

  private static void addSubtractDouble(Cpu c, Insn in) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = c.sse.subtract64(c.xmm[d], c.xmm[s]);
    long high = c.sse.add64(c.xmm[d + 1], c.xmm[s + 1]);
    Sse.commit(c);
    Sse.set(c, in, low, high);
  }

  private static void compare(Cpu c, Insn in, int width, boolean quiet) {
    Sse.begin(c);
    c.mxcsr.begin();
    long b = Sse.low(c, in, width);
    long a = c.xmm[Sse.target(in)];
    int flags =
        width == 4
            ? c.sse.compareFlags32((int) a, (int) b, quiet)
            : c.sse.compareFlags64(a, b, quiet);
    Sse.commit(c);
    Flags.setArithmetic(c, flags);
  }

  /** DPPS: products that the immediate's high bits choose, summed in pairs. */
  private static void dotSingle(Cpu c, Insn in) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int mask = (int) in.imm;
    long low = products(c, c.xmm[d], c.xmm[s], mask >> 4);
    long high = products(c, c.xmm[d + 1], c.xmm[s + 1], mask >> 6);
    int sum = c.sse.add32(c.sse.add32((int) low, high(low)), c.sse.add32((int) high, high(high)));
    Sse.commit(c);
    long upper = chosen(sum, mask >> 2);
    Sse.set(c, in, chosen(sum, mask), upper);
  }

  private static long products(Cpu c, long a, long b, int mask) {
    int low = (mask & 1) != 0 ? c.sse.multiply32((int) a, (int) b) : 0;
    return join(low, (mask & 2) != 0 ? c.sse.multiply32(high(a), high(b)) : 0);
  }

  private static long chosen(int value, int mask) {
    return join((mask & 1) != 0 ? value : 0, (mask & 2) != 0 ? value : 0);
  }

  private static void dotDouble(Cpu c, Insn in) {
    Sse.begin(c);
    c.mxcsr.begin();
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int mask = (int) in.imm;
    long low = (mask & 16) != 0 ? c.sse.multiply64(c.xmm[d], c.xmm[s]) : 0;
    long high = (mask & 32) != 0 ? c.sse.multiply64(c.xmm[d + 1], c.xmm[s + 1]) : 0;
    long sum = c.sse.add64(low, high);
    Sse.commit(c);
    Sse.set(c, in, (mask & 1) != 0 ? sum : 0, (mask & 2) != 0 ? sum : 0);
  }
}
