package org.jvmm.softcpu.exec;

import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.mmu.Mmu;

/**
 * What compiled regions call. Each method has at most 35 bytecodes, HotSpot's MaxInlineSize: what
 * it knows of a region's frequencies is too little to inline larger ones.
 */
final class RegionSupport {
  private RegionSupport() {}

  static long load1(long tlb, long va) {
    if (!Mmu.reads(tlb, va, 1)) {
      throw Miss.MISS;
    }
    return RawMemory.getByte(Mmu.host(tlb, va)) & 0xff;
  }

  static long load2(long tlb, long va) {
    if (!Mmu.reads(tlb, va, 2)) {
      throw Miss.MISS;
    }
    return RawMemory.getShort(Mmu.host(tlb, va)) & 0xffff;
  }

  static long load4(long tlb, long va) {
    if (!Mmu.reads(tlb, va, 4)) {
      throw Miss.MISS;
    }
    return RawMemory.getInt(Mmu.host(tlb, va)) & 0xffffffffL;
  }

  static long load8(long tlb, long va) {
    if (!Mmu.reads(tlb, va, 8)) {
      throw Miss.MISS;
    }
    return RawMemory.getLong(Mmu.host(tlb, va));
  }

  static long loadForStore1(long tlb, long va) {
    if (!Mmu.writes(tlb, va, 1)) {
      throw Miss.MISS;
    }
    return RawMemory.getByte(Mmu.host(tlb, va)) & 0xff;
  }

  static long loadForStore2(long tlb, long va) {
    if (!Mmu.writes(tlb, va, 2)) {
      throw Miss.MISS;
    }
    return RawMemory.getShort(Mmu.host(tlb, va)) & 0xffff;
  }

  static long loadForStore4(long tlb, long va) {
    if (!Mmu.writes(tlb, va, 4)) {
      throw Miss.MISS;
    }
    return RawMemory.getInt(Mmu.host(tlb, va)) & 0xffffffffL;
  }

  static long loadForStore8(long tlb, long va) {
    if (!Mmu.writes(tlb, va, 8)) {
      throw Miss.MISS;
    }
    return RawMemory.getLong(Mmu.host(tlb, va));
  }

  static void store1(long tlb, long va, long value) {
    if (!Mmu.writes(tlb, va, 1)) {
      throw Miss.MISS;
    }
    RawMemory.putByte(Mmu.host(tlb, va), (byte) value);
  }

  static void store2(long tlb, long va, long value) {
    if (!Mmu.writes(tlb, va, 2)) {
      throw Miss.MISS;
    }
    RawMemory.putShort(Mmu.host(tlb, va), (short) value);
  }

  static void store4(long tlb, long va, long value) {
    if (!Mmu.writes(tlb, va, 4)) {
      throw Miss.MISS;
    }
    RawMemory.putInt(Mmu.host(tlb, va), (int) value);
  }

  static void store8(long tlb, long va, long value) {
    if (!Mmu.writes(tlb, va, 8)) {
      throw Miss.MISS;
    }
    RawMemory.putLong(Mmu.host(tlb, va), value);
  }

  /**
   * Whether a region may go back to a block of its own.
   *
   * @param insns that it executes at most until it asks again
   */
  static boolean goesOn(Cpu c, long instructions, long limit, int insns) {
    return instructions + insns <= limit && c.events.none();
  }

  /** Whether no event waits. */
  static boolean quiet(Cpu c) {
    return c.events.none();
  }
}
