package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Insn;

/** Inserts and extracts, and what SSE4 and PCLMULQDQ add that works on a whole register. */
final class PackedExtensions implements Family {
  @Override
  public Binder binder(String mnemonic) {
    if (mnemonic.startsWith("pmovsx") || mnemonic.startsWith("pmovzx")) {
      return widen(mnemonic);
    }
    return switch (mnemonic) {
      case "pinsrb" -> Binder.of((c, in) -> insert(c, in, 8));
      case "pinsrw" ->
          PackedIntegers.forms((c, in) -> insert(c, in, 16), PackedExtensions::insertMmx);
      case "pinsrd" -> Binder.of((c, in) -> insert(c, in, 8 * in.srcWidth));
      case "pextrb" -> Binder.of((c, in) -> extract(c, in, 8));
      case "pextrw" -> Binder.of(PackedExtensions::extractWord);
      case "pextrd" -> Binder.of((c, in) -> extract(c, in, 8 * in.width));
      case "extractps" -> Binder.of((c, in) -> extract(c, in, 32));
      case "insertps" -> Binder.of(PackedExtensions::insertSingle);
      case "blendps" -> Binder.of((c, in) -> blend(c, in, lanes((int) in.imm, 32)));
      case "blendpd" -> Binder.of((c, in) -> blend(c, in, lanes((int) in.imm, 64)));
      case "pblendw" -> Binder.of((c, in) -> blend(c, in, lanes((int) in.imm, 16)));
      case "blendvps" -> Binder.of((c, in) -> blendBySigns(c, in, 32));
      case "blendvpd" -> Binder.of((c, in) -> blendBySigns(c, in, 64));
      case "pblendvb" -> Binder.of((c, in) -> blendBySigns(c, in, 8));
      case "ptest" -> Binder.of(PackedExtensions::test);
      case "phminposuw" -> Binder.of(PackedExtensions::minimumPosition);
      case "mpsadbw" -> Binder.of(PackedExtensions::sumsOfDifferences);
      case "pclmulqdq" -> Binder.of(PackedExtensions::carrylessMultiply);
      default -> null;
    };
  }

  /** PMOVSX and PMOVZX; the last two letters are the widths. */
  private static Binder widen(String mnemonic) {
    boolean signed = mnemonic.charAt(4) == 's';
    int from = width(mnemonic.charAt(6));
    int to = width(mnemonic.charAt(7));
    return Binder.of((c, in) -> widen(c, in, signed, from, to));
  }

  private static int width(char letter) {
    return switch (letter) {
      case 'b' -> 8;
      case 'w' -> 16;
      case 'd' -> 32;
      default -> 64;
    };
  }

  private static void widen(Cpu c, Insn in, boolean signed, int from, int to) {
    Sse.begin(c);
    long value = Sse.low(c, in, in.srcWidth);
    long low = widened(value, signed, from, to);
    Sse.set(c, in, low, widened(value >>> 64 / to * from, signed, from, to));
  }

  private static long widened(long value, boolean signed, int from, int to) {
    long result = 0;
    for (int i = 0; i < 64 / to; i++) {
      int at = i * from;
      long element = signed ? Lanes.signed(value, from, at) : Lanes.unsigned(value, from, at);
      result |= Lanes.clip(element, to) << i * to;
    }
    return result;
  }

  private static void insert(Cpu c, Insn in, int width) {
    Sse.begin(c);
    long value = Form.loadSecond(c, in, Math.min(in.srcWidth, width / 8));
    int at = (int) in.imm * width & 127;
    int half = 2 * in.dst + (at >> 6);
    c.xmm[half] = Lanes.insert(c.xmm[half], value, width, at & 63);
  }

  private static void insertMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    long value = Form.loadSecond(c, in, 2);
    int at = 16 * (int) in.imm & 63;
    Sse.setMmx(c, in, Lanes.insert(c.fpu.state.mm(in.dst), value, 16, at));
  }

  /** To a general register, zero-extended, or to memory. */
  private static void extract(Cpu c, Insn in, int width) {
    Sse.begin(c);
    int at = (int) in.imm * width & 127;
    long value = Lanes.unsigned(c.xmm[2 * in.src + (at >> 6)], width, at & 63);
    if (in.memory == 0) {
      c.mmu.write(c.addressForWrite(in, width / 8), width / 8, value);
    } else {
      c.gpr[in.dst] = value;
    }
  }

  private static void extractWord(Cpu c, Insn in) {
    if (in.kind(1) != Insn.MMX) {
      extract(c, in, 16);
      return;
    }
    Sse.beginMmx(c);
    c.gpr[in.dst] = Lanes.unsigned(c.fpu.state.mm(in.src), 16, 16 * (int) in.imm & 63);
    c.fpu.state.enterMmx();
  }

  /** The immediate: which element of a register, where to, which become zero. */
  private static void insertSingle(Cpu c, Insn in) {
    Sse.begin(c);
    int control = (int) in.imm;
    long value =
        in.memory == 1
            ? Sse.low(c, in, 4)
            : Lanes.element(c.xmm[2 * in.src], c.xmm[2 * in.src + 1], 32, control >> 6);
    int at = 32 * (control >> 4 & 3);
    int half = 2 * in.dst + (at >> 6);
    c.xmm[half] = Lanes.insert(c.xmm[half], value, 32, at & 63);
    c.xmm[2 * in.dst] &= ~spread(control, 32);
    c.xmm[2 * in.dst + 1] &= ~spread(control >> 2, 32);
  }

  /** A mask of lanes from a mask of bits. */
  private static long spread(int bits, int width) {
    long result = 0;
    for (int i = 0; i < 64 / width; i++) {
      result |= (bits >> i & 1) != 0 ? -1L >>> 64 - width << i * width : 0;
    }
    return result;
  }

  @FunctionalInterface
  private interface Mask {
    long of(int half);
  }

  private static Mask lanes(int bits, int width) {
    return half -> spread(bits >> half * (64 / width), width);
  }

  private static void blend(Cpu c, Insn in, Mask mask) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = mask.of(0);
    long high = mask.of(1);
    c.xmm[d] = c.xmm[d] & ~low | c.xmm[s] & low;
    c.xmm[d + 1] = c.xmm[d + 1] & ~high | c.xmm[s + 1] & high;
  }

  private static void blendBySigns(Cpu c, Insn in, int width) {
    blend(c, in, half -> Lanes.greater(0, c.xmm[half], width));
  }

  private static void test(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    boolean zero = (c.xmm[d] & c.xmm[s] | c.xmm[d + 1] & c.xmm[s + 1]) == 0;
    boolean carry = (~c.xmm[d] & c.xmm[s] | ~c.xmm[d + 1] & c.xmm[s + 1]) == 0;
    Flags.setArithmetic(c, (zero ? Flags.ZF : 0) | (carry ? Flags.CF : 0));
  }

  private static void minimumPosition(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    long best = -1L >>> 48;
    int index = 0;
    for (int i = 7; i >= 0; i--) {
      long value = Lanes.element(c.xmm[s], c.xmm[s + 1], 16, i);
      if (value <= best) {
        best = value;
        index = i;
      }
    }
    Sse.set(c, in, best | (long) index << 16, 0);
  }

  /** MPSADBW: eight sums over four bytes at successive offsets. */
  private static void sumsOfDifferences(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int block = 4 * ((int) in.imm & 3);
    int from = (int) in.imm & 4;
    long low = 0;
    long high = 0;
    for (int i = 0; i < 8; i++) {
      long sum = 0;
      for (int k = 0; k < 4; k++) {
        long a = Lanes.element(c.xmm[d], c.xmm[d + 1], 8, from + i + k);
        sum += Math.abs(a - Lanes.element(c.xmm[s], c.xmm[s + 1], 8, block + k));
      }
      low |= i < 4 ? sum << 16 * i : 0;
      high |= i < 4 ? 0 : sum << 16 * i - 64;
    }
    Sse.set(c, in, low, high);
  }

  private static void carrylessMultiply(Cpu c, Insn in) {
    Sse.begin(c);
    long b = c.xmm[Sse.source(c, in) + ((int) in.imm >> 4 & 1)];
    long a = c.xmm[Sse.target(in) + ((int) in.imm & 1)];
    long low = 0;
    long high = 0;
    for (int i = 0; i < 64; i++) {
      long chosen = -(b >>> i & 1);
      low ^= a << i & chosen;
      high ^= i == 0 ? 0 : a >>> 64 - i & chosen;
    }
    Sse.set(c, in, low, high);
  }
}
