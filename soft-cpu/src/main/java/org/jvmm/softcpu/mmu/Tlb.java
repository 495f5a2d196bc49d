package org.jvmm.softcpu.mmu;

import java.nio.ByteBuffer;
import org.jvmm.core.mem.RawMemory;

/**
 * One set of soft TLB entries, direct-mapped: translations of 4 KiB pages for one kind of rights.
 *
 * <p>An entry is four longs side by side, so that an access touches one cache line: the page's
 * linear address as tag for loads (or fetches), the same for stores, and what to add to a linear
 * address. They lie outside of the Java heap: each access of the guest looks at one, and an array's
 * bounds checks would be a third of the machine code of an access. Those that are not global are
 * remembered in a list, so that a load of CR3 costs what was filled since the last one and leaves
 * the kernel's alone.
 */
final class Tlb {
  /** Offsets in an entry, in bytes. */
  private static final int READ = 0, WRITE = 8, ADDEND = 16;

  private static final int ENTRIES = 1024;
  private static final int ENTRY_SHIFT = 5;
  private static final int SIZE = ENTRIES << ENTRY_SHIFT;
  private static final int OFFSETS = ENTRIES - 1 << ENTRY_SHIFT;
  private static final int CACHE_LINE = 64;
  private static final long PAGE = -4096;

  /** A tag that no page has. */
  private static final long INVALID = 1;

  /** Keeps the entries allocated. */
  private final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE + CACHE_LINE);

  /** Host address of the first entry. */
  final long entries = RawMemory.addressOf(memory) + CACHE_LINE - 1 & -CACHE_LINE;

  /** Entries that are not global; more than fit means all of them may be. */
  private final long[] local = new long[ENTRIES];

  private int locals;

  Tlb() {
    flush();
  }

  /** Host address of the entry that a page may be in. */
  private static long entry(long entries, long va) {
    return entries + (va >>> 12 - ENTRY_SHIFT & OFFSETS);
  }

  /** Whether bytes of one page can be loaded, or fetched. */
  static boolean reads(long entries, long va, int width) {
    return RawMemory.getLong(entry(entries, va) + READ) == (va + (width - 1) & PAGE);
  }

  /** Whether bytes of one page can be stored. */
  static boolean writes(long entries, long va, int width) {
    return RawMemory.getLong(entry(entries, va) + WRITE) == (va + (width - 1) & PAGE);
  }

  /** What the address is translated to, if {@link #reads} or {@link #writes} is true of it. */
  static long translated(long entries, long va) {
    return va + RawMemory.getLong(entry(entries, va) + ADDEND);
  }

  /** Enters a page for loads or fetches; stores miss. */
  void fill(long page, long addend, boolean global) {
    long entry = entry(entries, page);
    RawMemory.putLong(entry + READ, page);
    RawMemory.putLong(entry + WRITE, INVALID);
    RawMemory.putLong(entry + ADDEND, addend);
    if (!global) {
      if (locals < ENTRIES) {
        local[locals] = entry;
      }
      locals++;
    }
  }

  /** Allows stores to a page that {@link #fill} has just entered. */
  void allowWrite(long page) {
    RawMemory.putLong(entry(entries, page) + WRITE, page);
  }

  /** Drops everything. */
  void flush() {
    for (long entry = entries; entry < entries + SIZE; entry += 1 << ENTRY_SHIFT) {
      drop(entry);
    }
    locals = 0;
  }

  /**
   * Drops what is not global.
   *
   * @return whether anything was entered that is not
   */
  boolean flushLocal() {
    boolean any = locals > 0;
    if (locals > ENTRIES) {
      flush();
    }
    for (int k = 0; k < locals; k++) {
      drop(local[k]);
    }
    locals = 0;
    return any;
  }

  private static void drop(long entry) {
    RawMemory.putLong(entry + READ, INVALID);
    RawMemory.putLong(entry + WRITE, INVALID);
  }

  /** Drops one page. */
  void invalidate(long va) {
    long entry = entry(entries, va);
    if (RawMemory.getLong(entry + READ) == (va & PAGE)) {
      drop(entry);
    }
  }

  /** Drops all pages whose addresses agree with {@code va} from a bit upwards. */
  void invalidateRegion(long va, int shift) {
    for (long entry = entries; entry < entries + SIZE; entry += 1 << ENTRY_SHIFT) {
      if ((RawMemory.getLong(entry + READ) ^ va) >>> shift == 0) {
        drop(entry);
      }
    }
  }

  /** Stores to a host page are no longer allowed. */
  void protect(long hostPage) {
    for (long entry = entries; entry < entries + SIZE; entry += 1 << ENTRY_SHIFT) {
      long tag = RawMemory.getLong(entry + WRITE);
      if (tag != INVALID && tag + RawMemory.getLong(entry + ADDEND) == hostPage) {
        RawMemory.putLong(entry + WRITE, INVALID);
      }
    }
  }
}
