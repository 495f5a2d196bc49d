package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.mmu.CodeListener;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/**
 * Decoded code of a VM by guest-physical address, shared by its vCPUs, of which one runs at a time.
 * A write to decoded bytes discards the blocks that they are in, and ends the running block, so
 * that self-modifying code is exact to the next instruction. When there is too much, all is
 * discarded: what is still used comes back at once.
 */
public final class CodeCache implements CodeListener {
  /** Instructions that are kept at most, at about 150 bytes each. */
  private static final int MAX_INSNS = 600_000;

  /** Pages that are kept at most: half of the table. */
  private static final int MAX_PAGES = 1 << 14;

  /** Regions that are made before all is discarded, at about 60 KiB each with compiled code. */
  private static final int MAX_REGIONS = 1500;

  private static final int FIRST_SIZE = 1 << 10;

  /** Open addressing by the page's number; a page stays in the table when it is empty. */
  private CodePage[] table = new CodePage[FIRST_SIZE];

  private int pages;
  private int insns;
  private int regions;
  private PhysicalMemory memory;
  private Cpu running;
  private int epoch;

  /** Connects the memory whose code this is. */
  public void connect(PhysicalMemory physical) {
    memory = physical;
  }

  /** Says which vCPU runs from now on. */
  void running(Cpu cpu) {
    running = cpu;
  }

  Block find(long physical, int mode) {
    CodePage page = table[slot(table, physical >>> 12)];
    return page == null ? null : page.find(physical, mode);
  }

  void add(Block block) {
    if (insns > MAX_INSNS || pages > MAX_PAGES - 2) {
      discardAll();
    }
    insns += block.insns.length;
    page(block.physical).add(block);
    if (block.secondPage >= 0) {
      page(block.secondPage).addSpilling(block);
    }
  }

  /** Where a page is in a table, or would be. */
  private static int slot(CodePage[] table, long number) {
    int mask = table.length - 1;
    int i = (int) (number * 0x9e3779b97f4a7c15L >>> 40) & mask;
    while (table[i] != null && table[i].number != number) {
      i = i + 1 & mask;
    }
    return i;
  }

  /** The page, which is going to hold code. */
  private CodePage page(long physical) {
    memory.markCode(physical);
    int slot = slot(table, physical >>> 12);
    if (table[slot] == null) {
      if (2 * pages >= table.length) {
        grow();
        slot = slot(table, physical >>> 12);
      }
      table[slot] = new CodePage(physical >>> 12);
      pages++;
    }
    return table[slot];
  }

  private void grow() {
    CodePage[] larger = new CodePage[2 * table.length];
    for (CodePage page : table) {
      if (page != null) {
        larger[slot(larger, page.number)] = page;
      }
    }
    table = larger;
  }

  private void discardAll() {
    for (CodePage page : table) {
      if (page != null) {
        discard(page, page.start(), page.start() + 0xfff);
      }
    }
    table = new CodePage[FIRST_SIZE];
    pages = 0;
    insns = 0;
    regions = 0;
  }

  /** Makes the region that begins with a block. */
  void compile(Block first) {
    if (regions == MAX_REGIONS) {
      discardAll();
      return;
    }
    regions++;
    RegionWriter.write(this, first, running);
  }

  /**
   * Memory may have changed unseen: each block is compared with its bytes before it runs again.
   * Translations must be flushed too.
   */
  public void distrust() {
    epoch++;
  }

  /** Number of calls of {@link #distrust}. */
  int epoch() {
    return epoch;
  }

  @Override
  public void codeWritten(long gpa, long length) {
    long first = gpa >>> 12;
    long last = gpa + length - 1 >>> 12;
    if (last - first > pages) {
      for (CodePage page : table) {
        if (page != null && page.number >= first && page.number <= last) {
          discard(page, gpa, gpa + length - 1);
        }
      }
      return;
    }
    for (long number = first; number <= last; number++) {
      CodePage page = table[slot(table, number)];
      if (page != null) {
        discard(page, gpa, gpa + length - 1);
      }
    }
  }

  /** Discards what has a byte in a range of addresses. */
  private void discard(CodePage page, long first, long last) {
    int dropped = page.discard(Math.max(first, page.start()), Math.min(last, page.start() + 0xfff));
    if (dropped == 0) {
      return;
    }
    insns -= dropped;
    if (running != null) {
      running.stopBlock();
    }
    if (page.isEmpty()) {
      memory.unmarkCode(page.start());
    }
  }
}
