package org.jvmm.core.mem;

import java.nio.ByteBuffer;

/**
 * Runs of guest memory, in order, for a host end that moves their bytes itself: no buffer and no
 * copy lie between. A device fills it by {@link GuestMemory#gather}; then it belongs to the host
 * end, which takes bytes off its front as they pass.
 *
 * <p>The runs lie in memory as an array of struct iovec (readv(2)) of a 64-bit host. They are good
 * until the memory is freed: whoever frees it waits for the host end first. One thread at a time.
 */
public final class ScatterList {
  /** Runs that fit: what one readv(2) of Linux takes (IOV_MAX). */
  public static final int MOST = 1024;

  private static final int BASE = 0, LENGTH = 8, VECTOR = 16;

  /** Keeps the vectors' memory. */
  private final ByteBuffer vectors = ByteBuffer.allocateDirect(MOST * VECTOR);

  private final long address = RawMemory.addressOf(vectors);
  private final long[] gpas = new long[MOST];
  private final int[] lengths = new int[MOST];
  private int count;

  /** Where the next run would continue the last one, in the guest and on the host. */
  private long gpaEnd, hostEnd;

  /** What passes next: a run, whose vector tells what is left of it. */
  private int first;

  private long remaining;

  /** The slot that the last run lies in: guest-physical from its first to behind its last byte. */
  private long slotFirst, slotEnd, slotHost;

  private boolean writable;

  /** Empties it. */
  public void clear() {
    count = 0;
    first = 0;
    remaining = 0;
    slotFirst = 0;
    slotEnd = 0;
  }

  /** Whether the range lies in the slot that {@link #slot} named last. */
  boolean inSlot(long gpa, int length) {
    return gpa >= slotFirst && slotEnd - gpa >= length;
  }

  void slot(MemorySlot slot) {
    slotFirst = slot.gpa();
    slotEnd = slot.end();
    slotHost = slot.hostAddress();
    writable = slot.writable();
  }

  boolean writable() {
    return writable;
  }

  /** Adds a range of the slot; false if there is no room. */
  boolean add(long gpa, int length) {
    long host = slotHost + (gpa - slotFirst);
    int run = count - 1;
    if (run >= 0 && gpa == gpaEnd && host == hostEnd) {
      lengths[run] += length;
    } else if (++run < MOST) {
      gpas[run] = gpa;
      lengths[run] = length;
      RawMemory.putLong(vector(run) + BASE, host);
      count++;
    } else {
      return false;
    }
    RawMemory.putLong(vector(run) + LENGTH, lengths[run]);
    gpaEnd = gpa + length;
    hostEnd = host + length;
    remaining += length;
    return true;
  }

  private long vector(int run) {
    return address + (long) run * VECTOR;
  }

  /** Bytes that have not passed. */
  public long remaining() {
    return remaining;
  }

  /** Number of runs that have not wholly passed. */
  public int vectors() {
    return count - first;
  }

  /** Host address of the first struct iovec of {@link #vectors}. */
  public long address() {
    return vector(first);
  }

  /**
   * So many bytes have passed.
   *
   * @param bytes at most {@link #remaining}
   */
  public void passed(long bytes) {
    remaining -= bytes;
    for (long left = bytes; left > 0; ) {
      long length = firstLength();
      if (left < length) {
        RawMemory.putLong(vector(first) + BASE, firstHost() + left);
        RawMemory.putLong(vector(first) + LENGTH, length - left);
        return;
      }
      left -= length;
      first++;
    }
  }

  /** Copies a direct buffer's remaining bytes to the front, which passes. */
  public void put(ByteBuffer from) {
    while (from.hasRemaining()) {
      int step = step(from);
      RawMemory.copyIn(from, from.position(), step, firstHost());
      from.position(from.position() + step);
      passed(step);
    }
  }

  /** Fills a direct buffer's remaining bytes from the front, which passes. */
  public void get(ByteBuffer into) {
    while (into.hasRemaining()) {
      int step = step(into);
      RawMemory.copyOut(firstHost(), into, into.position(), step);
      into.position(into.position() + step);
      passed(step);
    }
  }

  /** Sets all that has not passed to zero, and passes it. */
  public void fillWithZeroes() {
    while (remaining > 0) {
      long length = firstLength();
      RawMemory.fill(firstHost(), length, (byte) 0);
      passed(length);
    }
  }

  private long firstHost() {
    return RawMemory.getLong(vector(first) + BASE);
  }

  private long firstLength() {
    return RawMemory.getLong(vector(first) + LENGTH);
  }

  private int step(ByteBuffer other) {
    if (other.remaining() > remaining) {
      throw new IndexOutOfBoundsException(other.remaining() + " of " + remaining);
    }
    return (int) Math.min(firstLength(), other.remaining());
  }

  /** Number of runs in all. */
  int runs() {
    return count;
  }

  long gpa(int run) {
    return gpas[run];
  }

  int length(int run) {
    return lengths[run];
  }
}
