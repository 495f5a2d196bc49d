package org.jvmm.softcpu.exec;

import java.util.function.LongBinaryOperator;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/**
 * Integer arithmetic of MMX, SSE2, SSSE3 and SSE4 (SDM vol. 2). An operation is a function of
 * longs; what a family of them does with the two halves of an XMM register is said once.
 */
final class PackedIntegers implements Family {
  @Override
  public Binder binder(String mnemonic) {
    LongBinaryOperator f = Lanewise.find(mnemonic);
    if (f != null) {
      return forms((c, in) -> lanewise(c, in, f), (c, in) -> lanewiseMmx(c, in, f));
    }
    LongBinaryOperator shift = Lanewise.shift(mnemonic);
    if (shift != null) {
      return forms((c, in) -> shift(c, in, shift), (c, in) -> shiftMmx(c, in, shift));
    }
    LongBinaryOperator pairs = pairs(mnemonic);
    if (pairs != null) {
      return forms((c, in) -> pairs(c, in, pairs), (c, in) -> lanewiseMmx(c, in, pairs));
    }
    if (mnemonic.startsWith("punpck")) {
      return unpack(mnemonic);
    }
    return switch (mnemonic) {
      case "pshufb" -> forms(PackedIntegers::shuffleBytes, PackedIntegers::shuffleBytesMmx);
      case "palignr" -> forms(PackedIntegers::align, PackedIntegers::alignMmx);
      default -> null;
    };
  }

  /** Handlers by the kind of the first operand. */
  static Binder forms(Handler.Semantics xmm, Handler.Semantics mmx) {
    Handler forXmm = Handler.of(xmm);
    Handler forMmx = Handler.of(mmx);
    return in -> in.kind(0) == Insn.MMX ? forMmx : forXmm;
  }

  private static void lanewise(Cpu c, Insn in, LongBinaryOperator f) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = f.applyAsLong(c.xmm[d], c.xmm[s]);
    Sse.set(c, in, low, f.applyAsLong(c.xmm[d + 1], c.xmm[s + 1]));
  }

  private static void lanewiseMmx(Cpu c, Insn in, LongBinaryOperator f) {
    Sse.beginMmx(c);
    long b = Sse.mmx(c, in);
    Sse.setMmx(c, in, f.applyAsLong(c.fpu.state.mm(in.dst), b));
  }

  private static void shift(Cpu c, Insn in, LongBinaryOperator f) {
    Sse.begin(c);
    long count = in.kind(1) == Insn.IMM ? in.imm : c.xmm[Sse.source(c, in)];
    int d = Sse.target(in);
    Sse.set(c, in, f.applyAsLong(c.xmm[d], count), f.applyAsLong(c.xmm[d + 1], count));
  }

  private static void shiftMmx(Cpu c, Insn in, LongBinaryOperator f) {
    Sse.beginMmx(c);
    long count = in.kind(1) == Insn.IMM ? in.imm : Sse.mmx(c, in);
    Sse.setMmx(c, in, f.applyAsLong(c.fpu.state.mm(in.dst), count));
  }

  /** Each operand becomes one half of the result. */
  private static LongBinaryOperator pairs(String mnemonic) {
    return switch (mnemonic) {
      case "packsswb" -> (a, b) -> Lanes.narrow(a, b, 16, x -> Lanes.saturate(x, 8));
      case "packssdw" -> (a, b) -> Lanes.narrow(a, b, 32, x -> Lanes.saturate(x, 16));
      case "packuswb" -> (a, b) -> Lanes.narrow(a, b, 16, x -> Lanes.saturateUnsigned(x, 8));
      case "packusdw" -> (a, b) -> Lanes.narrow(a, b, 32, x -> Lanes.saturateUnsigned(x, 16));
      case "phaddw" -> (a, b) -> Lanes.horizontal(a, b, 16, Long::sum);
      case "phaddd" -> (a, b) -> Lanes.horizontal(a, b, 32, Long::sum);
      case "phsubw" -> (a, b) -> Lanes.horizontal(a, b, 16, (x, y) -> x - y);
      case "phsubd" -> (a, b) -> Lanes.horizontal(a, b, 32, (x, y) -> x - y);
      case "phaddsw" -> (a, b) -> Lanes.horizontal(a, b, 16, (x, y) -> Lanes.saturate(x + y, 16));
      case "phsubsw" -> (a, b) -> Lanes.horizontal(a, b, 16, (x, y) -> Lanes.saturate(x - y, 16));
      default -> null;
    };
  }

  private static void pairs(Cpu c, Insn in, LongBinaryOperator f) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = f.applyAsLong(c.xmm[d], c.xmm[d + 1]);
    Sse.set(c, in, low, f.applyAsLong(c.xmm[s], c.xmm[s + 1]));
  }

  /** PUNPCKL and PUNPCKH; the last two letters tell the width. */
  private static Binder unpack(String mnemonic) {
    int half = mnemonic.charAt(6) == 'h' ? 1 : 0;
    int width =
        switch (mnemonic.substring(7)) {
          case "bw" -> 8;
          case "wd" -> 16;
          case "dq" -> 32;
          default -> 64;
        };
    return forms((c, in) -> unpack(c, in, half, width), (c, in) -> unpackMmx(c, in, half, width));
  }

  private static void unpack(Cpu c, Insn in, int half, int width) {
    Sse.begin(c);
    long b = c.xmm[Sse.source(c, in) + half];
    long a = c.xmm[Sse.target(in) + half];
    if (width == 64) {
      Sse.set(c, in, a, b);
    } else {
      long high = Lanes.interleave(a >>> 32, b >>> 32, width);
      Sse.set(c, in, Lanes.interleave(a, b, width), high);
    }
  }

  private static void unpackMmx(Cpu c, Insn in, int half, int width) {
    Sse.beginMmx(c);
    long b = Sse.mmx(c, in) >>> 32 * half;
    long a = c.fpu.state.mm(in.dst) >>> 32 * half;
    Sse.setMmx(c, in, Lanes.interleave(a, b, width));
  }

  private static void shuffleBytes(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = Lanes.shuffleBytes(c.xmm[d], c.xmm[d + 1], c.xmm[s], 15);
    Sse.set(c, in, low, Lanes.shuffleBytes(c.xmm[d], c.xmm[d + 1], c.xmm[s + 1], 15));
  }

  private static void shuffleBytesMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    long control = Sse.mmx(c, in);
    Sse.setMmx(c, in, Lanes.shuffleBytes(c.fpu.state.mm(in.dst), 0, control, 7));
  }

  private static void align(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int by = (int) in.imm;
    long low = window(c, d, s, by);
    Sse.set(c, in, low, window(c, d, s, by + 8));
  }

  /** 8 bytes at an offset of destination:source. */
  private static long window(Cpu c, int d, int s, int from) {
    int bits = 8 * (from & 7);
    long low = part(c, d, s, from >> 3);
    return bits == 0 ? low : low >>> bits | part(c, d, s, (from >> 3) + 1) << 64 - bits;
  }

  private static long part(Cpu c, int d, int s, int index) {
    return index < 2 ? c.xmm[s + index] : index < 4 ? c.xmm[d + index - 2] : 0;
  }

  private static void alignMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    long b = Sse.mmx(c, in);
    long a = c.fpu.state.mm(in.dst);
    int bits = 8 * (int) in.imm;
    long result = bits == 0 ? b : bits < 64 ? b >>> bits | a << 64 - bits : 0;
    Sse.setMmx(c, in, bits < 64 ? result : bits < 128 ? a >>> bits - 64 : 0);
  }
}
