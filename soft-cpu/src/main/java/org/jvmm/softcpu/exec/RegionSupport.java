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
    return host != 0 ? RawMemory.getByte(host) & 0xff : loadSlowly(c, va, 1);
  }

  static long load2(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 2);
    return host != 0 ? RawMemory.getShort(host) & 0xffff : loadSlowly(c, va, 2);
  }

  static long load4(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 4);
    return host != 0 ? RawMemory.getInt(host) & 0xffffffffL : loadSlowly(c, va, 4);
  }

  static long load8(Cpu c, long va) {
    long host = c.mmu.hostForRead(va, 8);
    return host != 0 ? RawMemory.getLong(host) : loadSlowly(c, va, 8);
  }

  private static long loadSlowly(Cpu c, long va, int width) {
    return c.mmu.read(va, width);
  }

  static long loadForStore1(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 1);
    return host != 0 ? RawMemory.getByte(host) & 0xff : loadForStoreSlowly(c, va, 1);
  }

  static long loadForStore2(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 2);
    return host != 0 ? RawMemory.getShort(host) & 0xffff : loadForStoreSlowly(c, va, 2);
  }

  static long loadForStore4(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 4);
    return host != 0 ? RawMemory.getInt(host) & 0xffffffffL : loadForStoreSlowly(c, va, 4);
  }

  static long loadForStore8(Cpu c, long va) {
    long host = c.mmu.hostForWrite(va, 8);
    return host != 0 ? RawMemory.getLong(host) : loadForStoreSlowly(c, va, 8);
  }

  private static long loadForStoreSlowly(Cpu c, long va, int width) {
    return c.mmu.readForWrite(va, width);
  }

  /** Stores; true if the region must be left after the instruction, as with those that follow. */
  static boolean store1(Cpu c, long va, long value) {
    return !c.mmu.put1(va, value) && storeSlowly(c, va, 1, value);
  }

  static boolean store2(Cpu c, long va, long value) {
    return !c.mmu.put2(va, value) && storeSlowly(c, va, 2, value);
  }

  static boolean store4(Cpu c, long va, long value) {
    return !c.mmu.put4(va, value) && storeSlowly(c, va, 4, value);
  }

  static boolean store8(Cpu c, long va, long value) {
    return !c.mmu.put8(va, value) && storeSlowly(c, va, 8, value);
  }

  /** Decoded code may be what is overwritten, even that of the region. */
  private static boolean storeSlowly(Cpu c, long va, int width, long value) {
    c.mmu.write(va, width, value);
    return c.end <= 0;
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
