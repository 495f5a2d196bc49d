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

  static long load1(long[] tlb, long va) {
    long host = Mmu.hostForRead(tlb, va, 1);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getByte(host) & 0xff;
  }

  static long load2(long[] tlb, long va) {
    long host = Mmu.hostForRead(tlb, va, 2);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getShort(host) & 0xffff;
  }

  static long load4(long[] tlb, long va) {
    long host = Mmu.hostForRead(tlb, va, 4);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getInt(host) & 0xffffffffL;
  }

  static long load8(long[] tlb, long va) {
    long host = Mmu.hostForRead(tlb, va, 8);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getLong(host);
  }

  static long loadForStore1(long[] tlb, long va) {
    long host = Mmu.hostForWrite(tlb, va, 1);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getByte(host) & 0xff;
  }

  static long loadForStore2(long[] tlb, long va) {
    long host = Mmu.hostForWrite(tlb, va, 2);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getShort(host) & 0xffff;
  }

  static long loadForStore4(long[] tlb, long va) {
    long host = Mmu.hostForWrite(tlb, va, 4);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getInt(host) & 0xffffffffL;
  }

  static long loadForStore8(long[] tlb, long va) {
    long host = Mmu.hostForWrite(tlb, va, 8);
    if (host == 0) {
      throw Miss.MISS;
    }
    return RawMemory.getLong(host);
  }

  static void store1(long[] tlb, long va, long value) {
    long host = Mmu.hostForWrite(tlb, va, 1);
    if (host == 0) {
      throw Miss.MISS;
    }
    RawMemory.putByte(host, (byte) value);
  }

  static void store2(long[] tlb, long va, long value) {
    long host = Mmu.hostForWrite(tlb, va, 2);
    if (host == 0) {
      throw Miss.MISS;
    }
    RawMemory.putShort(host, (short) value);
  }

  static void store4(long[] tlb, long va, long value) {
    long host = Mmu.hostForWrite(tlb, va, 4);
    if (host == 0) {
      throw Miss.MISS;
    }
    RawMemory.putInt(host, (int) value);
  }

  static void store8(long[] tlb, long va, long value) {
    long host = Mmu.hostForWrite(tlb, va, 8);
    if (host == 0) {
      throw Miss.MISS;
    }
    RawMemory.putLong(host, value);
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
