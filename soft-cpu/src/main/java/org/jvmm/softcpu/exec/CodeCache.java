package org.jvmm.softcpu.exec;

import java.util.HashMap;
import java.util.Map;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.mmu.CodeListener;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/**
 * Decoded code of a VM by guest-physical address, shared by its vCPUs, of which one runs at a time.
 * A write to decoded bytes discards the blocks that they are in, and ends the running block, so
 * that self-modifying code is exact to the next instruction.
 */
public final class CodeCache implements CodeListener {
  private static final int MANY_PAGES = 256;

  private final Map<Long, CodePage> pages = new HashMap<>();
  private PhysicalMemory memory;
  private Cpu running;

  /** Connects the memory whose code this is. */
  public void connect(PhysicalMemory physical) {
    memory = physical;
  }

  /** Says which vCPU runs from now on. */
  void running(Cpu cpu) {
    running = cpu;
  }

  Block find(long physical, int mode) {
    CodePage page = pages.get(physical >> 12);
    return page == null ? null : page.find(physical, mode);
  }

  void add(Block block) {
    page(block.physical).add(block);
    if (block.secondPage >= 0) {
      page(block.secondPage).addSpilling(block);
    }
  }

  private CodePage page(long physical) {
    return pages.computeIfAbsent(
        physical >> 12,
        number -> {
          memory.markCode(physical);
          return new CodePage(number << 12);
        });
  }

  @Override
  public void codeWritten(long gpa, long length) {
    long first = gpa >> 12;
    long last = gpa + length - 1 >> 12;
    if (last - first > MANY_PAGES) {
      pages
          .entrySet()
          .removeIf(
              e ->
                  e.getKey() >= first
                      && e.getKey() <= last
                      && discard(e.getValue(), e.getKey(), gpa, length));
      return;
    }
    for (long number = first; number <= last; number++) {
      CodePage page = pages.get(number);
      if (page != null && discard(page, number, gpa, length)) {
        pages.remove(number);
      }
    }
  }

  /** Returns whether the page is empty now. */
  private boolean discard(CodePage page, long number, long gpa, long length) {
    long from = Math.max(gpa, number << 12);
    long to = Math.min(gpa + length - 1, number << 12 | 0xfff);
    if (!page.discard(from, to)) {
      return false;
    }
    if (running != null) {
      running.stopBlock();
    }
    if (!page.isEmpty()) {
      return false;
    }
    memory.unmarkCode(number << 12);
    return true;
  }
}
