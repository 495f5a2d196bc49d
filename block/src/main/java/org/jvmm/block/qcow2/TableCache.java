package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Zeroes;
import org.jvmm.core.backend.IoBuffer;

/**
 * Tables of one cluster each, kept in memory by their place in the file: a bounded number, the
 * least recently used one goes. Written back only when told, since the order of writes is the
 * owner's business; when a changed table has to go, the owner is asked to clean first. A table is
 * named by its slot, which is valid until the next {@link #load} or {@link #create}.
 */
final class TableCache {
  /** Makes tables clean in the right order. */
  interface Cleaner {
    void writeBack() throws IOException;
  }

  private static final int SLAB = 1 << 20;
  private static final int FIRST_SLOTS = 16;
  private static final int NONE = -1;

  private final ImageFile file;
  private final int tableSize;
  private final int capacity;
  private final Cleaner cleaner;

  private int count;
  private ByteBuffer[] tables = new ByteBuffer[FIRST_SLOTS];
  private long[] offsets = new long[FIRST_SLOTS];

  /** The changed bytes of a table, from and to; to = 0 when there are none. */
  private int[] dirtyFrom = new int[FIRST_SLOTS];

  private int[] dirtyTo = new int[FIRST_SLOTS];

  /** Tables that nothing in the file points to yet. */
  private boolean[] unlinked = new boolean[FIRST_SLOTS];

  /** A ring from the most to the least recently used. */
  private int[] newer = new int[FIRST_SLOTS];

  private int[] older = new int[FIRST_SLOTS];
  private int newest = NONE;
  private int oldest = NONE;

  /** Slots by hash of the offset, chained. */
  private int[] buckets = new int[2 * FIRST_SLOTS];

  private int[] chain = new int[FIRST_SLOTS];
  private int dirtyCount;
  private ByteBuffer slab = ByteBuffer.allocate(0);

  TableCache(ImageFile file, int tableSize, long bytes, Cleaner cleaner) {
    this.file = file;
    this.tableSize = tableSize;
    this.capacity = (int) Math.max(4, bytes / tableSize);
    this.cleaner = cleaner;
    Arrays.fill(buckets, NONE);
  }

  /** The slot of a table; it is read if it is not here. */
  int load(long offset) throws IOException {
    if (newest != NONE && offsets[newest] == offset) {
      return newest;
    }
    int slot = find(offset);
    if (slot != NONE) {
      unlinkUse(slot);
      linkNewest(slot);
      return slot;
    }
    slot = vacate();
    ByteBuffer table = tables[slot].clear();
    file.read(offset, table);
    table.clear();
    enter(slot, offset);
    return slot;
  }

  /** The slot of a new table of zeroes, to be written whole; nothing points to it yet. */
  int create(long offset) throws IOException {
    drop(offset);
    int slot = vacate();
    Zeroes.fill(tables[slot].clear());
    tables[slot].clear();
    enter(slot, offset);
    unlinked[slot] = true;
    markDirty(slot, 0, tableSize);
    return slot;
  }

  /** Its bytes, big-endian, position 0. */
  ByteBuffer table(int slot) {
    return tables[slot];
  }

  long entry(int slot, int index) {
    return tables[slot].getLong(index << 3);
  }

  void setEntry(int slot, int index, long value) {
    tables[slot].putLong(index << 3, value);
    markDirty(slot, index << 3, (index + 1) << 3);
  }

  void markDirty(int slot, int from, int to) {
    if (dirtyTo[slot] == 0) {
      dirtyCount++;
      dirtyFrom[slot] = from;
      dirtyTo[slot] = to;
    } else {
      dirtyFrom[slot] = Math.min(dirtyFrom[slot], from);
      dirtyTo[slot] = Math.max(dirtyTo[slot], to);
    }
  }

  boolean dirty() {
    return dirtyCount > 0;
  }

  /** Writes the changed tables that nothing points to. */
  void writeUnlinked() throws IOException {
    write(true);
  }

  /** Writes all changed tables. */
  void write() throws IOException {
    write(false);
  }

  private void write(boolean onlyUnlinked) throws IOException {
    for (int slot = 0; slot < count && dirtyCount > 0; slot++) {
      if (dirtyTo[slot] > 0 && (unlinked[slot] || !onlyUnlinked)) {
        // Whole sectors: a device writes no less.
        int from = dirtyFrom[slot] & -512;
        int to = Math.min(tableSize, (dirtyTo[slot] + 511) & -512);
        ByteBuffer part = tables[slot].limit(to).position(from);
        try {
          file.write(offsets[slot] + from, part);
        } finally {
          tables[slot].clear();
        }
        dirtyTo[slot] = 0;
        dirtyCount--;
      }
    }
  }

  /** All tables are pointed to now. */
  void allLinked() {
    Arrays.fill(unlinked, 0, count, false);
  }

  /** Forgets a table whose cluster is no longer one. */
  void drop(long offset) {
    int slot = find(offset);
    if (slot != NONE) {
      rename(slot, -1 - slot);
      unlinkUse(slot);
      linkOldest(slot);
    }
  }

  /** Forgets everything that is clean or dirty. */
  void clear() {
    for (int slot = 0; slot < count; slot++) {
      drop(offsets[slot]);
    }
  }

  /** Whether the table at this place is here. */
  boolean holds(long offset) {
    return find(offset) != NONE;
  }

  /** Gives a slot to another table; to none if the offset is negative. */
  private void rename(int slot, long offset) {
    hashOut(slot);
    offsets[slot] = offset;
    hashIn(slot);
    if (dirtyTo[slot] > 0) {
      dirtyTo[slot] = 0;
      dirtyCount--;
    }
    unlinked[slot] = false;
  }

  private int vacate() throws IOException {
    if (count < capacity) {
      if (count == tables.length) {
        grow();
      }
      int slot = count++;
      tables[slot] = newTable();
      offsets[slot] = -1 - slot;
      hashIn(slot);
      linkOldest(slot);
      return slot;
    }
    if (dirtyTo[oldest] > 0) {
      cleaner.writeBack();
    }
    // Nobody's until its new content is read, which may fail.
    rename(oldest, -1 - oldest);
    return oldest;
  }

  private void enter(int slot, long offset) {
    rename(slot, offset);
    unlinkUse(slot);
    linkNewest(slot);
  }

  private ByteBuffer newTable() {
    if (slab.remaining() < tableSize) {
      slab = IoBuffer.allocate(Math.max(tableSize, Math.min(SLAB, capacity * tableSize)));
    }
    ByteBuffer table = slab.slice(slab.position(), tableSize);
    slab.position(slab.position() + tableSize);
    return table;
  }

  private void grow() {
    int size = Math.min(capacity, 2 * tables.length);
    tables = Arrays.copyOf(tables, size);
    offsets = Arrays.copyOf(offsets, size);
    dirtyFrom = Arrays.copyOf(dirtyFrom, size);
    dirtyTo = Arrays.copyOf(dirtyTo, size);
    unlinked = Arrays.copyOf(unlinked, size);
    newer = Arrays.copyOf(newer, size);
    older = Arrays.copyOf(older, size);
    chain = new int[size];
    buckets = new int[2 * size];
    Arrays.fill(buckets, NONE);
    for (int slot = 0; slot < count; slot++) {
      hashIn(slot);
    }
  }

  private int bucket(long offset) {
    return (int) Long.remainderUnsigned(offset / 512 * 0x9e3779b97f4a7c15L >>> 16, buckets.length);
  }

  private int find(long offset) {
    int slot = buckets[bucket(offset)];
    while (slot != NONE && offsets[slot] != offset) {
      slot = chain[slot];
    }
    return slot;
  }

  private void hashIn(int slot) {
    int bucket = bucket(offsets[slot]);
    chain[slot] = buckets[bucket];
    buckets[bucket] = slot;
  }

  private void hashOut(int slot) {
    int bucket = bucket(offsets[slot]);
    if (buckets[bucket] == slot) {
      buckets[bucket] = chain[slot];
      return;
    }
    int before = buckets[bucket];
    while (chain[before] != slot) {
      before = chain[before];
    }
    chain[before] = chain[slot];
  }

  private void unlinkUse(int slot) {
    if (newer[slot] == NONE) {
      newest = older[slot];
    } else {
      older[newer[slot]] = older[slot];
    }
    if (older[slot] == NONE) {
      oldest = newer[slot];
    } else {
      newer[older[slot]] = newer[slot];
    }
  }

  private void linkNewest(int slot) {
    newer[slot] = NONE;
    older[slot] = newest;
    if (newest == NONE) {
      oldest = slot;
    } else {
      newer[newest] = slot;
    }
    newest = slot;
  }

  private void linkOldest(int slot) {
    older[slot] = NONE;
    newer[slot] = oldest;
    if (oldest == NONE) {
      newest = slot;
    } else {
      older[oldest] = slot;
    }
    oldest = slot;
  }
}
