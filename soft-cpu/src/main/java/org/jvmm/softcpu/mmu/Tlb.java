package org.jvmm.softcpu.mmu;

import java.util.Arrays;

/**
 * One set of soft TLB entries, direct-mapped: translations of 4 KiB pages for one kind of rights.
 *
 * <p>An entry is four longs side by side, so that an access touches one cache line: the page's
 * linear address as tag for loads (or fetches), the same for stores, and what to add to a linear
 * address. Those that are not global are remembered in a list, so that a load of CR3 costs what was
 * filled since the last one and leaves the kernel's alone.
 */
final class Tlb {
  /** Offsets in an entry. */
  static final int READ = 0, WRITE = 1, ADDEND = 2;

  private static final int ENTRIES = 1024;
  private static final int ENTRY_SHIFT = 2;
  private static final int SLOT_MASK = ENTRIES - 1 << ENTRY_SHIFT;
  private static final long PAGE = -4096;

  /** A tag that no page has. */
  private static final long INVALID = 1;

  final long[] entries = new long[ENTRIES << ENTRY_SHIFT];

  /** Slots of entries that are not global; more than fit means all of them may be. */
  private final int[] local = new int[ENTRIES];

  private int locals;

  Tlb() {
    Arrays.fill(entries, INVALID);
  }

  /** Index in {@link #entries} of the entry that a page may be in. */
  static int slot(long va) {
    return (int) (va >>> 12 - ENTRY_SHIFT) & SLOT_MASK;
  }

  /** Enters a page for loads or fetches; stores miss. */
  void fill(long page, long addend, boolean global) {
    int i = slot(page);
    entries[i + READ] = page;
    entries[i + WRITE] = INVALID;
    entries[i + ADDEND] = addend;
    if (!global) {
      if (locals < ENTRIES) {
        local[locals] = i;
      }
      locals++;
    }
  }

  /** Allows stores to a page that {@link #fill} has just entered. */
  void allowWrite(long page) {
    entries[slot(page) + WRITE] = page;
  }

  /** Drops everything. */
  void flush() {
    Arrays.fill(entries, INVALID);
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
      Arrays.fill(entries, INVALID);
    } else {
      for (int k = 0; k < locals; k++) {
        drop(local[k]);
      }
    }
    locals = 0;
    return any;
  }

  private void drop(int i) {
    entries[i + READ] = INVALID;
    entries[i + WRITE] = INVALID;
  }

  /** Drops one page. */
  void invalidate(long va) {
    int i = slot(va);
    if (entries[i + READ] == (va & PAGE)) {
      drop(i);
    }
  }

  /** Drops all pages whose addresses agree with {@code va} from a bit upwards. */
  void invalidateRegion(long va, int shift) {
    for (int i = 0; i < entries.length; i += 1 << ENTRY_SHIFT) {
      if ((entries[i + READ] ^ va) >>> shift == 0) {
        drop(i);
      }
    }
  }

  /** Stores to a host page are no longer allowed. */
  void protect(long hostPage) {
    for (int i = 0; i < entries.length; i += 1 << ENTRY_SHIFT) {
      long tag = entries[i + WRITE];
      if (tag != INVALID && tag + entries[i + ADDEND] == hostPage) {
        entries[i + WRITE] = INVALID;
      }
    }
  }
}
