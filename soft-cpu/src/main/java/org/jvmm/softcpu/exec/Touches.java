package org.jvmm.softcpu.exec;

import java.util.Map;
import org.jvmm.softcpu.isa.Insn;

/** Which general registers an instruction reads or writes, as bits by number. */
final class Touches {
  /** All of them, or nobody knows. */
  static final int ALL = 0xffff;

  private static final int RAX = 1, RCX = 2, RDX = 4, RBX = 8, RSI = 64, RDI = 128;

  /** Besides explicit operands. */
  private static final Map<String, Integer> IMPLICIT =
      Map.ofEntries(
          Map.entry("movs", RCX | RSI | RDI),
          Map.entry("stos", RAX | RCX | RDI),
          Map.entry("lods", RAX | RCX | RSI),
          Map.entry("scas", RAX | RCX | RDI),
          Map.entry("cmps", RCX | RSI | RDI),
          Map.entry("mul", RAX | RDX),
          Map.entry("imul", RAX | RDX),
          Map.entry("div", RAX | RDX),
          Map.entry("idiv", RAX | RDX),
          Map.entry("cmpxchg", RAX),
          Map.entry("cmpxchg8b", RAX | RBX | RCX | RDX),
          Map.entry("rdtsc", RAX | RDX),
          Map.entry("rdmsr", RAX | RCX | RDX),
          Map.entry("wrmsr", RAX | RCX | RDX),
          Map.entry("shld", RCX),
          Map.entry("shrd", RCX),
          Map.entry("rol", RCX),
          Map.entry("ror", RCX),
          Map.entry("rcl", RCX),
          Map.entry("rcr", RCX),
          Map.entry("shl", RCX),
          Map.entry("shr", RCX),
          Map.entry("sar", RCX),
          Map.entry("bt", 0),
          Map.entry("bts", 0),
          Map.entry("btr", 0),
          Map.entry("btc", 0),
          Map.entry("bsf", 0),
          Map.entry("bsr", 0),
          Map.entry("tzcnt", 0),
          Map.entry("lzcnt", 0),
          Map.entry("popcnt", 0),
          Map.entry("crc32", 0),
          Map.entry("xadd", 0),
          Map.entry("xchg", 0),
          Map.entry("stac", 0),
          Map.entry("clac", 0),
          Map.entry("cli", 0),
          Map.entry("sti", 0),
          Map.entry("clc", 0),
          Map.entry("stc", 0),
          Map.entry("cmc", 0),
          Map.entry("cld", 0),
          Map.entry("std", 0),
          Map.entry("swapgs", 0));

  private Touches() {}

  static int of(Insn in) {
    Integer implicit = IMPLICIT.get(in.op.mnemonic);
    if (implicit == null) {
      return vector(in) ? explicit(in) : ALL;
    }
    return implicit | explicit(in);
  }

  /**
   * Whether it moves or computes between x87 or vector registers, memory and its explicit operands.
   */
  private static boolean vector(Insn in) {
    String name = in.op.mnemonic;
    if (in.kind(0) == Insn.ST) {
      return true;
    }
    return (in.kind(0) == Insn.XMM || in.kind(1) == Insn.XMM)
        && !name.startsWith("pcmp")
        && !name.startsWith("maskmov");
  }

  private static int explicit(Insn in) {
    int registers = 0;
    for (int i = 0; i < 3; i++) {
      if (in.kind(i) == Insn.GPR) {
        registers |= 1 << in.register(i);
      }
    }
    registers |= in.base < Insn.ZERO ? 1 << in.base : 0;
    return registers | (in.index < Insn.ZERO ? 1 << in.index : 0);
  }
}
