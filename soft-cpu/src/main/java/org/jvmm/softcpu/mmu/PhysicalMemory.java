package org.jvmm.softcpu.mmu;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.mem.MemoryListener;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RawMemory;

/**
 * Guest-physical memory as the CPU sees it: the host address of each page, which pages hold decoded
 * code, which were written since the dirty log was taken. Shared by the vCPUs of a VM; changed only
 * while none of them runs.
 */
public final class PhysicalMemory implements MemoryListener {
  /** MAXPHYADDR: as CPUID 80000008H reports it. */
  public static final int ADDRESS_BITS = 40;

  /** Bytes of a page, as a mask of the offset. */
  public static final int OFFSET = 0xfff;

  private static final class Region {
    final MemorySlot slot;
    final long gpa;
    final long end;
    final long host;
    final long[] code;
    long[] dirty;

    Region(MemorySlot slot) {
      this.slot = slot;
      gpa = slot.gpa();
      end = slot.end();
      host = slot.hostAddress();
      code = new long[(int) ((slot.size() >> 18) + 1)];
    }

    int page(long at) {
      return (int) (at - gpa >> 12);
    }
  }

  private final List<Mmu> mmus = new ArrayList<>();
  private final CodeListener codeListener;
  private Region[] regions = {};
  private Region last;
  private int versions;

  public PhysicalMemory(CodeListener codeListener) {
    this.codeListener = codeListener;
  }

  /** A number that no vCPU has had yet. */
  int newVersion() {
    return ++versions;
  }

  void attach(Mmu mmu) {
    mmus.add(mmu);
  }

  @Override
  public void added(MemorySlot slot) {
    List<Region> all = new ArrayList<>(List.of(regions));
    all.add(new Region(slot));
    replace(all);
  }

  @Override
  public void removed(MemorySlot slot) {
    List<Region> all = new ArrayList<>(List.of(regions));
    all.removeIf(region -> region.slot.equals(slot));
    codeListener.codeWritten(slot.gpa(), slot.size());
    replace(all);
  }

  private void replace(List<Region> all) {
    all.sort(Comparator.comparingLong(region -> region.gpa));
    regions = all.toArray(Region[]::new);
    last = null;
    mmus.forEach(Mmu::flush);
  }

  private Region region(long gpa) {
    Region recent = last;
    if (recent != null && gpa >= recent.gpa && gpa < recent.end) {
      return recent;
    }
    for (Region region : regions) {
      if (gpa >= region.gpa && gpa < region.end) {
        last = region;
        return region;
      }
    }
    return null;
  }

  /** Host address of a byte to be read, or 0 where no memory is. */
  public long hostForRead(long gpa) {
    Region region = region(gpa);
    return region == null ? 0 : region.host + (gpa - region.gpa);
  }

  /**
   * Host address of a byte to be written, or 0 where no writable memory is. Marks its page dirty.
   */
  public long hostForWrite(long gpa) {
    Region region = region(gpa);
    if (region == null || !region.slot.writable()) {
      return 0;
    }
    if (region.dirty != null) {
      int page = region.page(gpa);
      region.dirty[page >> 6] |= 1L << page;
    }
    return region.host + (gpa - region.gpa);
  }

  /** Whether the first write to the page of {@code gpa} must be seen. */
  boolean logsDirty(long gpa) {
    Region region = region(gpa);
    return region != null && region.dirty != null;
  }

  /** Eight bytes at an aligned address, all ones where no memory is: page-table entries. */
  public long read64(long gpa) {
    long host = hostForRead(gpa);
    return host == 0 ? -1 : RawMemory.getLong(host);
  }

  /** Four bytes at an aligned address, zero-extended, all ones where no memory is. */
  public long read32(long gpa) {
    long host = hostForRead(gpa);
    return host == 0 ? 0xffffffffL : RawMemory.getInt(host) & 0xffffffffL;
  }

  /**
   * Sets bits of the page-table entry of four or eight bytes at {@code gpa}; all are in its low
   * word.
   */
  void setEntryBits(long gpa, int bits) {
    long host = hostForWrite(gpa);
    if (host != 0) {
      int old;
      do {
        old = RawMemory.getInt(host);
      } while (!RawMemory.compareAndSetInt(host, old, old | bits));
    }
  }

  /** Whether decoded code came from the page of {@code gpa}. */
  public boolean holdsCode(long gpa) {
    Region region = region(gpa);
    if (region == null) {
      return false;
    }
    int page = region.page(gpa);
    return (region.code[page >> 6] >>> page & 1) != 0;
  }

  /** Code of the page of {@code gpa} is decoded from now on: writes to it are told. */
  public void markCode(long gpa) {
    Region region = region(gpa);
    if (region == null || holdsCode(gpa)) {
      return;
    }
    int page = region.page(gpa);
    region.code[page >> 6] |= 1L << page;
    long host = region.host + ((long) page << 12);
    mmus.forEach(mmu -> mmu.protect(host));
  }

  /** No decoded code is left of the page of {@code gpa}. */
  public void unmarkCode(long gpa) {
    Region region = region(gpa);
    if (region != null) {
      int page = region.page(gpa);
      region.code[page >> 6] &= ~(1L << page);
    }
  }

  /** Bytes are about to be written other than through a write entry of a TLB. */
  void writing(long gpa, long length) {
    if (holdsCode(gpa)) {
      codeListener.codeWritten(gpa, length);
    }
  }

  /** Switches a slot's dirty log. */
  public void logDirty(MemorySlot slot, boolean on) {
    Region region = find(slot);
    region.dirty = on ? new long[(int) ((slot.size() >> 18) + 1)] : null;
    mmus.forEach(Mmu::flush);
  }

  /** Takes and clears a slot's dirty log. */
  public void takeDirty(MemorySlot slot, long[] bitmap) {
    Region region = find(slot);
    if (region.dirty == null) {
      throw new AccelException("soft: no dirty log of slot " + slot.name());
    }
    for (int i = 0; i < bitmap.length && i < region.dirty.length; i++) {
      bitmap[i] |= region.dirty[i];
      region.dirty[i] = 0;
    }
    mmus.forEach(Mmu::flush);
  }

  private Region find(MemorySlot slot) {
    for (Region region : regions) {
      if (region.slot.equals(slot)) {
        return region;
      }
    }
    throw new AccelException("soft: no such memory slot: " + slot.name());
  }
}
