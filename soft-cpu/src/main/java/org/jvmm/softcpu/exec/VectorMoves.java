package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;

/** Moves of XMM and MMX registers, and the shuffles that need no arithmetic. */
final class VectorMoves implements Family {
  private static final int RDI = 7;

  private static final Handler LOAD =
      Handler.of(
          (c, in) -> {
            Sse.begin(c);
            int s = Sse.source(c, in);
            Sse.set(c, in, c.xmm[s], c.xmm[s + 1]);
          });
  private static final Handler STORE =
      Handler.of(
          (c, in) -> {
            Sse.begin(c);
            Sse.store(c, in, c.xmm[2 * in.src], c.xmm[2 * in.src + 1]);
          });

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "movaps", "movapd", "movups", "movupd", "movdqa", "movdqu" -> VectorMoves::whole;
      case "movntps", "movntpd", "movntdq", "movntdqa", "lddqu" -> VectorMoves::whole;
      case "movss" -> scalar(4);
      case "movsd" -> scalar(8);
      case "movd" -> PackedIntegers.forms(VectorMoves::movd, VectorMoves::movdMmx);
      case "movq" -> PackedIntegers.forms(VectorMoves::movq, VectorMoves::movqMmx);
      case "movntq" -> Binder.of(VectorMoves::movqMmx);
      case "movlps", "movlpd" -> Binder.of((c, in) -> half(c, in, 0));
      case "movhps", "movhpd" -> Binder.of((c, in) -> half(c, in, 1));
      case "movhlps" -> Binder.of((c, in) -> across(c, in, 0));
      case "movlhps" -> Binder.of((c, in) -> across(c, in, 1));
      case "movq2dq" -> Binder.of(VectorMoves::movq2dq);
      case "movdq2q" -> Binder.of(VectorMoves::movdq2q);
      case "maskmovdqu" -> Binder.of(VectorMoves::maskedStore);
      case "maskmovq" -> Binder.of(VectorMoves::maskedStoreMmx);
      case "emms" ->
          Binder.of(
              (c, in) -> {
                Sse.beginMmx(c);
                c.fpu.state.emms();
              });
      default -> shuffles(mnemonic);
    };
  }

  private static Binder shuffles(String mnemonic) {
    return switch (mnemonic) {
      case "movddup" -> Binder.of(VectorMoves::movddup);
      case "movsldup" -> Binder.of((c, in) -> duplicate(c, in, 0));
      case "movshdup" -> Binder.of((c, in) -> duplicate(c, in, 32));
      case "unpcklps" -> Binder.of((c, in) -> unpackSingle(c, in, 0));
      case "unpckhps" -> Binder.of((c, in) -> unpackSingle(c, in, 1));
      case "unpcklpd" -> Binder.of((c, in) -> unpackDouble(c, in, 0));
      case "unpckhpd" -> Binder.of((c, in) -> unpackDouble(c, in, 1));
      case "shufps" -> Binder.of(VectorMoves::shufps);
      case "shufpd" -> Binder.of(VectorMoves::shufpd);
      case "pshufd" -> Binder.of(VectorMoves::pshufd);
      case "pshufw" -> Binder.of(VectorMoves::pshufw);
      case "pshuflw" -> Binder.of((c, in) -> shuffleWords(c, in, 0));
      case "pshufhw" -> Binder.of((c, in) -> shuffleWords(c, in, 1));
      case "pslldq" -> Binder.of(VectorMoves::shiftLeft);
      case "psrldq" -> Binder.of(VectorMoves::shiftRight);
      case "pmovmskb" -> Binder.of(VectorMoves::byteMask);
      case "movmskps" -> Binder.of(VectorMoves::singleMask);
      case "movmskpd" -> Binder.of(VectorMoves::doubleMask);
      default -> null;
    };
  }

  /** The checks before an instruction of either register file. */
  private static void begin(Cpu c, boolean mmx) {
    if (mmx) {
      Sse.beginMmx(c);
    } else {
      Sse.begin(c);
    }
  }

  private static Handler whole(Insn in) {
    return in.memory == 0 ? STORE : LOAD;
  }

  /** MOVSS, MOVSD: from memory the rest of the register becomes zero, from a register it stays. */
  private static Binder scalar(int width) {
    Handler load = Handler.of((c, in) -> loadZeroing(c, in, width));
    Handler store = Handler.of((c, in) -> storeLow(c, in, width));
    Handler move =
        Handler.of(
            (c, in) -> {
              Sse.begin(c);
              Sse.setLow(c, in, width, c.xmm[2 * in.src]);
            });
    return in -> in.memory == 1 ? load : in.memory == 0 ? store : move;
  }

  private static void loadZeroing(Cpu c, Insn in, int width) {
    Sse.begin(c);
    Sse.set(c, in, Sse.low(c, in, width), 0);
  }

  private static void storeLow(Cpu c, Insn in, int width) {
    Sse.begin(c);
    c.mmu.write(c.addressForWrite(in, width), width, c.xmm[2 * in.src]);
  }

  /** MOVD and MOVQ between a general register or memory and an XMM register. */
  private static void movd(Cpu c, Insn in) {
    if (in.kind(1) == Insn.MMX) {
      movdFromMmx(c, in);
      return;
    }
    Sse.begin(c);
    if (in.kind(0) == Insn.XMM) {
      Sse.set(c, in, Form.loadSecond(c, in, in.srcWidth), 0);
    } else {
      Form.store(c, in, in.width, c.xmm[2 * in.src]);
    }
  }

  private static void movdFromMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    Form.store(c, in, in.width, c.fpu.state.mm(in.src));
    c.fpu.state.enterMmx();
  }

  private static void movdMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    Sse.setMmx(c, in, Form.loadSecond(c, in, in.srcWidth));
  }

  private static void movq(Cpu c, Insn in) {
    if (in.kind(1) == Insn.MMX) {
      movqMmx(c, in);
    } else if (in.memory == 0) {
      storeLow(c, in, 8);
    } else {
      loadZeroing(c, in, 8);
    }
  }

  private static void movqMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    if (in.memory == 0) {
      c.mmu.write(c.addressForWrite(in, 8), 8, c.fpu.state.mm(in.src));
      c.fpu.state.enterMmx();
    } else {
      Sse.setMmx(c, in, Sse.mmx(c, in));
    }
  }

  /** MOVLPS, MOVHPS, MOVLPD, MOVHPD. */
  private static void half(Cpu c, Insn in, int half) {
    Sse.begin(c);
    if (in.memory == 0) {
      c.mmu.write(c.addressForWrite(in, 8), 8, c.xmm[2 * in.src + half]);
    } else {
      c.xmm[2 * in.dst + half] = c.mmu.read(c.address(in, 8), 8);
    }
  }

  /** MOVHLPS, MOVLHPS: one half comes from the other half of the source. */
  private static void across(Cpu c, Insn in, int to) {
    Sse.begin(c);
    c.xmm[2 * in.dst + to] = c.xmm[2 * in.src + (to ^ 1)];
  }

  private static void movq2dq(Cpu c, Insn in) {
    Sse.begin(c);
    Sse.beginMmx(c);
    Sse.set(c, in, c.fpu.state.mm(in.src), 0);
    c.fpu.state.enterMmx();
  }

  private static void movdq2q(Cpu c, Insn in) {
    Sse.begin(c);
    Sse.beginMmx(c);
    Sse.setMmx(c, in, c.xmm[2 * in.src]);
  }

  /** MASKMOVDQU: the bytes whose mask byte is negative, to DS:rDI. */
  private static void maskedStore(Cpu c, Insn in) {
    Sse.begin(c);
    int mask = Lanes.byteSigns(c.xmm[2 * in.src]) | Lanes.byteSigns(c.xmm[2 * in.src + 1]) << 8;
    storeBytes(c, in, mask, c.xmm[2 * in.dst], c.xmm[2 * in.dst + 1]);
  }

  private static void maskedStoreMmx(Cpu c, Insn in) {
    Sse.beginMmx(c);
    int mask = Lanes.byteSigns(c.fpu.state.mm(in.src));
    storeBytes(c, in, mask, c.fpu.state.mm(in.dst), 0);
    c.fpu.state.enterMmx();
  }

  private static void storeBytes(Cpu c, Insn in, int mask, long low, long high) {
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; mask >> i != 0; i++) {
        if ((mask >> i & 1) != 0) {
          long offset = c.gpr[RDI] + i & in.eaMask;
          long at = in.flat ? offset : Segmentation.linear(c, in.segment, offset, 1, true);
          if (pass == 0) {
            c.mmu.probeWrite(at, 1);
          } else {
            c.mmu.write(at, 1, Lanes.element(low, high, 8, i));
          }
        }
      }
    }
  }

  // Shuffles

  private static void movddup(Cpu c, Insn in) {
    Sse.begin(c);
    long value = Sse.low(c, in, 8);
    Sse.set(c, in, value, value);
  }

  private static void duplicate(Cpu c, Insn in, int from) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int low = (int) (c.xmm[s] >>> from);
    int high = (int) (c.xmm[s + 1] >>> from);
    Sse.set(c, in, PackedFloats.join(low, low), PackedFloats.join(high, high));
  }

  private static void unpackSingle(Cpu c, Insn in, int half) {
    Sse.begin(c);
    long b = c.xmm[Sse.source(c, in) + half];
    long a = c.xmm[Sse.target(in) + half];
    Sse.set(c, in, Lanes.interleave(a, b, 32), Lanes.interleave(a >>> 32, b >>> 32, 32));
  }

  private static void unpackDouble(Cpu c, Insn in, int half) {
    Sse.begin(c);
    long b = c.xmm[Sse.source(c, in) + half];
    Sse.set(c, in, c.xmm[Sse.target(in) + half], b);
  }

  /** Two of the four doublewords at an index, as the low four bits of {@code control} say. */
  private static long pair(Cpu c, int at, int control) {
    long low = Lanes.element(c.xmm[at], c.xmm[at + 1], 32, control & 3);
    return low | Lanes.element(c.xmm[at], c.xmm[at + 1], 32, control >> 2 & 3) << 32;
  }

  private static void shufps(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    int control = (int) in.imm;
    long low = pair(c, Sse.target(in), control);
    Sse.set(c, in, low, pair(c, s, control >> 4));
  }

  private static void shufpd(Cpu c, Insn in) {
    Sse.begin(c);
    long high = c.xmm[Sse.source(c, in) + ((int) in.imm >> 1 & 1)];
    Sse.set(c, in, c.xmm[Sse.target(in) + ((int) in.imm & 1)], high);
  }

  private static void pshufd(Cpu c, Insn in) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    long low = pair(c, s, (int) in.imm);
    Sse.set(c, in, low, pair(c, s, (int) in.imm >> 4));
  }

  private static long words(long value, int control) {
    long result = 0;
    for (int i = 0; i < 4; i++) {
      result |= Lanes.unsigned(value, 16, 16 * (control >> 2 * i & 3)) << 16 * i;
    }
    return result;
  }

  private static void pshufw(Cpu c, Insn in) {
    Sse.beginMmx(c);
    Sse.setMmx(c, in, words(Sse.mmx(c, in), (int) in.imm));
  }

  private static void shuffleWords(Cpu c, Insn in, int half) {
    Sse.begin(c);
    int s = Sse.source(c, in);
    long shuffled = words(c.xmm[s + half], (int) in.imm);
    Sse.set(c, in, half == 0 ? shuffled : c.xmm[s], half == 0 ? c.xmm[s + 1] : shuffled);
  }

  private static void shiftLeft(Cpu c, Insn in) {
    Sse.begin(c);
    long low = c.xmm[2 * in.dst];
    int bits = 8 * (int) Math.min(in.imm, 16);
    long high = bits == 0 ? c.xmm[2 * in.dst + 1] : 0;
    if (bits > 0 && bits < 64) {
      high = c.xmm[2 * in.dst + 1] << bits | low >>> 64 - bits;
    } else if (bits >= 64 && bits < 128) {
      high = low << bits - 64;
    }
    Sse.set(c, in, bits < 64 ? low << bits : 0, high);
  }

  private static void shiftRight(Cpu c, Insn in) {
    Sse.begin(c);
    long high = c.xmm[2 * in.dst + 1];
    int bits = 8 * (int) Math.min(in.imm, 16);
    long low = bits == 0 ? c.xmm[2 * in.dst] : 0;
    if (bits > 0 && bits < 64) {
      low = c.xmm[2 * in.dst] >>> bits | high << 64 - bits;
    } else if (bits >= 64 && bits < 128) {
      low = high >>> bits - 64;
    }
    Sse.set(c, in, low, bits < 64 ? high >>> bits : 0);
  }

  private static void byteMask(Cpu c, Insn in) {
    boolean mmx = in.kind(1) == Insn.MMX;
    begin(c, mmx);
    if (mmx) {
      c.set(in.dst, 4, Lanes.byteSigns(c.fpu.state.mm(in.src)));
      c.fpu.state.enterMmx();
    } else {
      int high = Lanes.byteSigns(c.xmm[2 * in.src + 1]);
      c.set(in.dst, 4, Lanes.byteSigns(c.xmm[2 * in.src]) | high << 8);
    }
  }

  private static void singleMask(Cpu c, Insn in) {
    Sse.begin(c);
    long low = c.xmm[2 * in.src];
    long high = c.xmm[2 * in.src + 1];
    c.set(in.dst, 4, low >>> 31 & 1 | low >>> 62 & 2 | high >>> 29 & 4 | high >>> 60 & 8);
  }

  private static void doubleMask(Cpu c, Insn in) {
    Sse.begin(c);
    c.set(in.dst, 4, c.xmm[2 * in.src] >>> 63 | c.xmm[2 * in.src + 1] >>> 62 & 2);
  }
}
