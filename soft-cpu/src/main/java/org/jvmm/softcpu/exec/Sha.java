package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** The SHA extensions (FIPS 180-4; SDM vol. 2, SHA1xx and SHA256xx). */
final class Sha implements Family {
  private static final int[] CONSTANTS = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "sha1rnds4" -> Binder.of(Sha::sha1Rounds);
      case "sha1nexte" -> Binder.of(Sha::sha1NextE);
      case "sha1msg1" -> Binder.of(Sha::sha1Message1);
      case "sha1msg2" -> Binder.of(Sha::sha1Message2);
      case "sha256rnds2" -> Binder.of(Sha::sha256Rounds);
      case "sha256msg1" -> Binder.of(Sha::sha256Message1);
      case "sha256msg2" -> Binder.of(Sha::sha256Message2);
      default -> null;
    };
  }

  private static int word(Cpu c, int at, int index) {
    return (int) (c.xmm[at + (index >> 1)] >>> 32 * (index & 1));
  }

  private static void set(Cpu c, Insn in, int w0, int w1, int w2, int w3) {
    Sse.set(c, in, PackedFloats.join(w0, w1), PackedFloats.join(w2, w3));
  }

  private static int choose(int x, int y, int z) {
    return x & y ^ ~x & z;
  }

  private static int majority(int x, int y, int z) {
    return x & y ^ x & z ^ y & z;
  }

  private static void sha1Rounds(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int kind = (int) in.imm & 3;
    int a = word(c, d, 3);
    int b = word(c, d, 2);
    int third = word(c, d, 1);
    int fourth = word(c, d, 0);
    int e = 0;
    for (int i = 3; i >= 0; i--) {
      int f =
          switch (kind) {
            case 0 -> choose(b, third, fourth);
            case 2 -> majority(b, third, fourth);
            default -> b ^ third ^ fourth;
          };
      int next = f + Integer.rotateLeft(a, 5) + word(c, s, i) + e + CONSTANTS[kind];
      e = fourth;
      fourth = third;
      third = Integer.rotateLeft(b, 30);
      b = a;
      a = next;
    }
    set(c, in, fourth, third, b, a);
  }

  private static void sha1NextE(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int e = Integer.rotateLeft(word(c, Sse.target(in), 3), 30);
    set(c, in, word(c, s, 0), word(c, s, 1), word(c, s, 2), word(c, s, 3) + e);
  }

  private static void sha1Message1(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    Sse.set(c, in, c.xmm[d] ^ c.xmm[s + 1], c.xmm[d + 1] ^ c.xmm[d]);
  }

  private static void sha1Message2(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int w16 = Integer.rotateLeft(word(c, d, 3) ^ word(c, s, 2), 1);
    int w17 = Integer.rotateLeft(word(c, d, 2) ^ word(c, s, 1), 1);
    int w18 = Integer.rotateLeft(word(c, d, 1) ^ word(c, s, 0), 1);
    set(c, in, Integer.rotateLeft(word(c, d, 0) ^ w16, 1), w18, w17, w16);
  }

  private static int sum(int x, int r1, int r2, int r3) {
    return Integer.rotateRight(x, r1) ^ Integer.rotateRight(x, r2) ^ Integer.rotateRight(x, r3);
  }

  private static void sha256Rounds(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int a = word(c, s, 3);
    int b = word(c, s, 2);
    int third = word(c, d, 3);
    int fourth = word(c, d, 2);
    int e = word(c, s, 1);
    int f = word(c, s, 0);
    int g = word(c, d, 1);
    int h = word(c, d, 0);
    for (int i = 0; i < 2; i++) {
      int t = choose(e, f, g) + sum(e, 6, 11, 25) + word(c, 0, i) + h;
      int next = t + majority(a, b, third) + sum(a, 2, 13, 22);
      h = g;
      g = f;
      f = e;
      e = t + fourth;
      fourth = third;
      third = b;
      b = a;
      a = next;
    }
    set(c, in, f, e, b, a);
  }

  private static int schedule0(int x) {
    return Integer.rotateRight(x, 7) ^ Integer.rotateRight(x, 18) ^ x >>> 3;
  }

  private static int schedule1(int x) {
    return Integer.rotateRight(x, 17) ^ Integer.rotateRight(x, 19) ^ x >>> 10;
  }

  private static void sha256Message1(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int w4 = word(c, s, 0);
    int w3 = word(c, d, 3);
    int w2 = word(c, d, 2);
    int w1 = word(c, d, 1);
    int w0 = word(c, d, 0);
    set(c, in, w0 + schedule0(w1), w1 + schedule0(w2), w2 + schedule0(w3), w3 + schedule0(w4));
  }

  private static void sha256Message2(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int d = Sse.target(in);
    int w16 = word(c, d, 0) + schedule1(word(c, s, 2));
    int w17 = word(c, d, 1) + schedule1(word(c, s, 3));
    int w18 = word(c, d, 2) + schedule1(w16);
    set(c, in, w16, w17, w18, word(c, d, 3) + schedule1(w17));
  }
}
