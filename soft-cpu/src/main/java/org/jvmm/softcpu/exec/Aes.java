package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** AES-NI (FIPS 197; SDM vol. 1 section 12.13): a state's bytes lie column by column. */
final class Aes implements Family {
  private static final long EACH = 0x0101010101010101L;
  private static final byte[] SUBSTITUTES = new byte[256];
  private static final byte[] INVERSE = new byte[256];

  static {
    // 3 generates the field's elements; p runs through its powers, q through their inverses.
    int p = 1;
    int q = 1;
    do {
      p = (p ^ p << 1 ^ ((p & 0x80) != 0 ? 0x11b : 0)) & 0xff;
      q ^= q << 1;
      q ^= q << 2;
      q ^= q << 4;
      q = (q ^ ((q & 0x80) != 0 ? 0x09 : 0)) & 0xff;
      int doubled = q | q << 8;
      substitute(p, (q ^ doubled >> 7 ^ doubled >> 6 ^ doubled >> 5 ^ doubled >> 4 ^ 0x63) & 0xff);
    } while (p != 1);
    substitute(0, 0x63);
  }

  private static void substitute(int value, int by) {
    SUBSTITUTES[value] = (byte) by;
    INVERSE[by] = (byte) value;
  }

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "aesenc" -> Binder.of((c, in) -> round(c, in, true, false));
      case "aesenclast" -> Binder.of((c, in) -> round(c, in, true, true));
      case "aesdec" -> Binder.of((c, in) -> round(c, in, false, false));
      case "aesdeclast" -> Binder.of((c, in) -> round(c, in, false, true));
      case "aesimc" -> Binder.of(Aes::unmixColumns);
      case "aeskeygenassist" -> Binder.of(Aes::keyAssist);
      default -> null;
    };
  }

  private static void round(Cpu c, Insn in, boolean encrypt, boolean last) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    long low = shiftRows(c.xmm[d], c.xmm[d + 1], 0, encrypt);
    long high = shiftRows(c.xmm[d], c.xmm[d + 1], 8, encrypt);
    if (!last) {
      low = encrypt ? mix(low) : unmix(low);
      high = encrypt ? mix(high) : unmix(high);
    }
    Sse.set(c, in, low ^ c.xmm[s], high ^ c.xmm[s + 1]);
  }

  /** ShiftRows and SubBytes for 8 bytes of the result, or their inverses. */
  private static long shiftRows(long low, long high, int from, boolean encrypt) {
    byte[] table = encrypt ? SUBSTITUTES : INVERSE;
    long result = 0;
    for (int i = 0; i < 8; i++) {
      int row = i & 3;
      int source = from + i + (encrypt ? 4 * row : 12 * row) & 15;
      result |= (table[(int) Lanes.element(low, high, 8, source)] & 0xffL) << 8 * i;
    }
    return result;
  }

  /** Each byte times x. */
  private static long times2(long a) {
    return (a & ~(EACH << 7)) << 1 ^ (a >>> 7 & EACH) * 0x1b;
  }

  /** Rotates each column so that its byte n becomes byte 0. */
  private static long rotate(long a, int n) {
    long down = -1L >>> 32 + 8 * n;
    return a >>> 8 * n & (down | down << 32) | a << 32 - 8 * n & ~(down | down << 32);
  }

  private static long mix(long a) {
    long next = rotate(a, 1);
    return times2(a) ^ times2(next) ^ next ^ rotate(a, 2) ^ rotate(a, 3);
  }

  private static long unmix(long a) {
    return mix(a ^ times2(times2(a ^ rotate(a, 2))));
  }

  private static void unmixColumns(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    Sse.set(c, in, unmix(c.xmm[s]), unmix(c.xmm[s + 1]));
  }

  private static void keyAssist(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    long low = assist((int) (c.xmm[s] >>> 32), (int) in.imm);
    Sse.set(c, in, low, assist((int) (c.xmm[s + 1] >>> 32), (int) in.imm));
  }

  private static long assist(int word, int constant) {
    int substituted = 0;
    for (int at = 0; at < 32; at += 8) {
      substituted |= (SUBSTITUTES[word >>> at & 0xff] & 0xff) << at;
    }
    return PackedFloats.join(substituted, Integer.rotateRight(substituted, 8) ^ constant);
  }
}
