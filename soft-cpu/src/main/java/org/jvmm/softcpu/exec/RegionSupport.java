package org.jvmm.softcpu.exec;

import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.cpu.Cpu;

/**
 * What compiled regions call. Each method has at most 35 bytecodes, HotSpot's MaxInlineSize: what
 * it knows of a region's frequencies is too little to inline larger ones.
 */
final class RegionSupport {
  private RegionSupport() {}

  static long load1(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 1);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getByte(host) & 0xff;
  }

  static long load2(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 2);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getShort(host) & 0xffff;
  }

  static long load4(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 4);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getInt(host) & 0xffffffffL;
  }

  static long load8(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 8);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getLong(host);
  }

  static long loadForStore1(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 1);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getByte(host) & 0xff;
  }

  static long loadForStore2(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 2);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getShort(host) & 0xffff;
  }

  static long loadForStore4(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 4);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getInt(host) & 0xffffffffL;
  }

  static long loadForStore8(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 8);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getLong(host);
  }

  static void store1(Cpu c, long va, long value) {
    if (!c.mmu.put1(va, value)) {
      throw Miss.MISS;
    }
  }

  static void store2(Cpu c, long va, long value) {
    if (!c.mmu.put2(va, value)) {
      throw Miss.MISS;
    }
  }

  static void store4(Cpu c, long va, long value) {
    if (!c.mmu.put4(va, value)) {
      throw Miss.MISS;
    }
  }

  static void store8(Cpu c, long va, long value) {
    if (!c.mmu.put8(va, value)) {
      throw Miss.MISS;
    }
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
