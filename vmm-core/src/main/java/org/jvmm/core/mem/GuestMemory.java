package org.jvmm.core.mem;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Guest-physical memory as devices and boot loaders see it: bounds-checked, little-endian, never a
 * host address.
 *
 * <p>What no slot backs floats: reads give all ones, writes are lost, as for a DMA to a hole;
 * writes to ROM are lost. So no address that a guest hands to a device can fail. A range may cross
 * slots. Any thread.
 */
public final class GuestMemory {
  /** log2 of the page size that dirty tracking counts in. */
  public static final int PAGE_SHIFT = 12;

  private static final Layout EMPTY = new Layout(new long[0], new MemorySlot[0], new long[0]);

  private volatile Layout layout = EMPTY;
  private volatile DirtyPages[] trackers = {};

  private static final class Layout {
    final long[] firsts;
    final MemorySlot[] slots;
    final long[] hosts;

    /** Where the last access went; threads may overwrite each other's. */
    private int last;

    Layout(long[] firsts, MemorySlot[] slots, long[] hosts) {
      this.firsts = firsts;
      this.slots = slots;
      this.hosts = hosts;
    }

    int indexOf(long gpa) {
      int found = Arrays.binarySearch(firsts, gpa);
      int index = found >= 0 ? found : -found - 2;
      return index >= 0 && gpa < slots[index].end() ? index : -1;
    }

    /** Host address of a range that one slot holds whole, or 0. */
    long host(long gpa, long length, boolean write) {
      int index = last;
      if (index >= slots.length || gpa < firsts[index] || slots[index].end() - gpa < length) {
        index = indexOf(gpa);
        if (index < 0 || slots[index].end() - gpa < length) {
          return 0;
        }
        last = index;
      }
      return write && !slots[index].writable() ? 0 : hosts[index] + (gpa - firsts[index]);
    }
  }

  GuestMemory() {}

  void layOut(List<MemorySlot> sorted) {
    MemorySlot[] slots = sorted.toArray(new MemorySlot[0]);
    long[] firsts = new long[slots.length];
    long[] hosts = new long[slots.length];
    for (int i = 0; i < slots.length; i++) {
      firsts[i] = slots[i].gpa();
      hosts[i] = slots[i].hostAddress();
    }
    layout = new Layout(firsts, slots, hosts);
  }

  /**
   * Tells the pages that devices and loaders write from now on, until {@link #untrackWrites}. What
   * vCPUs write is the accelerator's dirty log, not this one.
   */
  public synchronized void trackWrites(DirtyPages pages) {
    DirtyPages[] more = Arrays.copyOf(trackers, trackers.length + 1);
    more[trackers.length] = pages;
    trackers = more;
  }

  /** Ends {@link #trackWrites}. */
  public synchronized void untrackWrites(DirtyPages pages) {
    trackers =
        Arrays.stream(trackers).filter(each -> !each.equals(pages)).toArray(DirtyPages[]::new);
  }

  /** Receives the pages that are written through {@link GuestMemory}. */
  @FunctionalInterface
  public interface DirtyPages {
    /** Page {@code gpa >> PAGE_SHIFT} has been written. Any thread. */
    void mark(long page);
  }

  /**
   * Adds a range to a list, for a host end that moves the bytes itself.
   *
   * @param length at least 1
   * @param written whether it will write them; then {@link #written} is due when it has
   * @return false if the list is full, or the range does not lie in one slot which can be accessed
   *     like that; the bytes have to be copied then
   */
  public boolean gather(long gpa, int length, boolean written, ScatterList into) {
    if (!into.inSlot(gpa, length)) {
      Layout now = layout;
      int index = gpa < 0 ? -1 : now.indexOf(gpa);
      if (index < 0 || now.slots[index].end() - gpa < length) {
        return false;
      }
      into.slot(now.slots[index]);
    }
    return (!written || into.writable()) && into.add(gpa, length);
  }

  /** A host end has written what was gathered in a list. */
  public void written(ScatterList list) {
    if (trackers.length > 0) {
      for (int i = 0; i < list.runs(); i++) {
        mark(list.gpa(i), list.length(i));
      }
    }
  }

  /** Whether RAM or ROM backs every byte of a range. */
  public boolean backed(long gpa, long length) {
    Layout now = layout;
    long at = gpa;
    long left = length;
    while (left > 0) {
      int index = at < 0 ? -1 : now.indexOf(at);
      if (index < 0) {
        return false;
      }
      long step = Math.min(left, now.slots[index].end() - at);
      at += step;
      left -= step;
    }
    return length >= 0;
  }

  /** Reads a byte, zero-extended. */
  public int read8(long gpa) {
    long host = layout.host(gpa, 1, false);
    return host != 0 ? RawMemory.getByte(host) & 0xff : 0xff;
  }

  /** Reads two bytes, zero-extended. */
  public int read16(long gpa) {
    long host = layout.host(gpa, 2, false);
    return host != 0 ? RawMemory.getShort(host) & 0xffff : (int) readPieces(gpa, 2);
  }

  /** Reads four bytes. */
  public int read32(long gpa) {
    long host = layout.host(gpa, 4, false);
    return host != 0 ? RawMemory.getInt(host) : (int) readPieces(gpa, 4);
  }

  /** Reads eight bytes. */
  public long read64(long gpa) {
    long host = layout.host(gpa, 8, false);
    return host != 0 ? RawMemory.getLong(host) : readPieces(gpa, 8);
  }

  private long readPieces(long gpa, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (long) read8(gpa + i) << (8 * i);
    }
    return value;
  }

  /** Writes the low byte. */
  public void write8(long gpa, int value) {
    long host = layout.host(gpa, 1, true);
    if (host != 0) {
      RawMemory.putByte(host, (byte) value);
      mark(gpa, 1);
    }
  }

  /** Writes the low two bytes. */
  public void write16(long gpa, int value) {
    long host = layout.host(gpa, 2, true);
    if (host != 0) {
      RawMemory.putShort(host, (short) value);
      mark(gpa, 2);
    } else {
      writePieces(gpa, 2, value);
    }
  }

  /** Writes four bytes. */
  public void write32(long gpa, int value) {
    long host = layout.host(gpa, 4, true);
    if (host != 0) {
      RawMemory.putInt(host, value);
      mark(gpa, 4);
    } else {
      writePieces(gpa, 4, value);
    }
  }

  /** Writes eight bytes. */
  public void write64(long gpa, long value) {
    long host = layout.host(gpa, 8, true);
    if (host != 0) {
      RawMemory.putLong(host, value);
      mark(gpa, 8);
    } else {
      writePieces(gpa, 8, value);
    }
  }

  private void writePieces(long gpa, int size, long value) {
    for (int i = 0; i < size; i++) {
      write8(gpa + i, (int) (value >>> (8 * i)));
    }
  }

  /** Copies guest memory into an array. */
  public void copyOut(long gpa, byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    Layout now = layout;
    for (int done = 0; done < length; ) {
      int step = step(now, gpa + done, length - done);
      long host = now.host(gpa + done, step, false);
      if (host != 0) {
        RawMemory.copyOut(host, target, offset + done, step);
      } else {
        Arrays.fill(target, offset + done, offset + done + step, (byte) 0xff);
      }
      done += step;
    }
  }

  /** Copies an array into guest memory. */
  public void copyIn(long gpa, byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    Layout now = layout;
    for (int done = 0; done < length; ) {
      int step = step(now, gpa + done, length - done);
      long host = now.host(gpa + done, step, true);
      if (host != 0) {
        RawMemory.copyIn(source, offset + done, step, host);
        mark(gpa + done, step);
      }
      done += step;
    }
  }

  /** Copies a whole array into guest memory. */
  public void copyIn(long gpa, byte[] source) {
    copyIn(gpa, source, 0, source.length);
  }

  /** Copies guest memory into a direct buffer's remaining bytes, and advances its position. */
  public void copyOut(long gpa, ByteBuffer target) {
    Layout now = layout;
    for (long at = gpa; target.hasRemaining(); ) {
      int step = step(now, at, target.remaining());
      long host = now.host(at, step, false);
      int position = target.position();
      if (host != 0) {
        RawMemory.copyOut(host, target, position, step);
      } else {
        for (int i = 0; i < step; i++) {
          target.put(position + i, (byte) 0xff);
        }
      }
      target.position(position + step);
      at += step;
    }
  }

  /** Copies a direct buffer's remaining bytes into guest memory, and advances its position. */
  public void copyIn(long gpa, ByteBuffer source) {
    Layout now = layout;
    for (long at = gpa; source.hasRemaining(); ) {
      int step = step(now, at, source.remaining());
      long host = now.host(at, step, true);
      if (host != 0) {
        RawMemory.copyIn(source, source.position(), step, host);
        mark(at, step);
      }
      source.position(source.position() + step);
      at += step;
    }
  }

  /** How much of a range lies in one slot, or in the hole before the next one. */
  private static int step(Layout now, long gpa, int length) {
    int index = gpa < 0 ? -1 : now.indexOf(gpa);
    if (index >= 0) {
      return (int) Math.min(length, now.slots[index].end() - gpa);
    }
    int next = Arrays.binarySearch(now.firsts, gpa);
    int above = next >= 0 ? next : -next - 1;
    return above < now.firsts.length && gpa >= 0
        ? (int) Math.min(length, now.firsts[above] - gpa)
        : length;
  }

  private void mark(long gpa, int length) {
    for (DirtyPages pages : trackers) {
      for (long page = gpa >> PAGE_SHIFT; page <= (gpa + length - 1) >> PAGE_SHIFT; page++) {
        pages.mark(page);
      }
    }
  }
}
