package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/** Which clusters of the file are in use, how often, and which are free. */
final class Refcounts {
  private static final long CACHE_BYTES = 8 << 20;

  private final ImageFile file;
  private final Header header;
  private final Layout layout;
  private final TableCache blocks;

  /** Places of the refcount blocks. */
  private long[] table;

  /** No cluster below this one is free. */
  private long hint = 1;

  /** No cluster from this one on was ever used: the file ends before it, so they read as zeroes. */
  private long unused;

  /** Clusters that {@link #allocate} gave, from the one that it returned on. */
  private int granted;

  private boolean fresh;

  Refcounts(ImageFile file, Header header) throws IOException {
    this.file = file;
    this.header = header;
    this.layout = header.layout;
    this.blocks = new TableCache(file, layout.clusterSize, CACHE_BYTES, this::writeBlocks);
    this.table = readTable();
    this.unused = layout.clusters(file.size());
  }

  private long[] readTable() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(header.refcountTableClusters << layout.clusterBits);
    file.read(header.refcountTableOffset, bytes);
    long[] entries = new long[bytes.capacity() / 8];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = bytes.getLong(i << 3) & Layout.BLOCK_OFFSET;
    }
    return entries;
  }

  /** Places of the refcount blocks; 0 where there is none. */
  long[] table() {
    return table;
  }

  /** How often a cluster of the file is used. */
  long get(long cluster) throws IOException {
    int slot = slot(cluster);
    return slot < 0 ? 0 : value(blocks.table(slot), indexInBlock(cluster));
  }

  /** The slot of the block that counts a cluster; -1 where there is none. */
  private int slot(long cluster) throws IOException {
    long index = cluster >>> layout.blockBits;
    if (index >= table.length) {
      return -1;
    }
    long offset = blockOffset((int) index);
    return offset == 0 ? -1 : blocks.load(offset);
  }

  private long blockOffset(int index) throws ImageException {
    long offset = table[index];
    if (offset < 0 || !layout.aligned(offset)) {
      throw new ImageException(
          "%s: refcount table entry %d=%#x: not a cluster's offset"
              .formatted(file.path(), index, table[index]));
    }
    return offset;
  }

  private int indexInBlock(long cluster) {
    return (int) cluster & ((1 << layout.blockBits) - 1);
  }

  private long value(ByteBuffer block, int index) {
    return switch (layout.refcountOrder) {
      case 3 -> block.get(index) & 0xff;
      case 4 -> block.getShort(index << 1) & 0xffff;
      case 5 -> block.getInt(index << 2) & 0xffff_ffffL;
      case 6 -> block.getLong(index << 3);
      default -> {
        int bits = 1 << layout.refcountOrder;
        int bit = index << layout.refcountOrder;
        yield block.get(bit >> 3) >> (bit & 7) & ((1 << bits) - 1);
      }
    };
  }

  private void setValue(ByteBuffer block, int index, long value) {
    switch (layout.refcountOrder) {
      case 3 -> block.put(index, (byte) value);
      case 4 -> block.putShort(index << 1, (short) value);
      case 5 -> block.putInt(index << 2, (int) value);
      case 6 -> block.putLong(index << 3, value);
      default -> {
        int bit = index << layout.refcountOrder;
        int mask = (1 << (1 << layout.refcountOrder)) - 1 << (bit & 7);
        int others = block.get(bit >> 3) & ~mask;
        block.put(bit >> 3, (byte) (others | (int) value << (bit & 7)));
      }
    }
  }

  /** Counts a cluster anew. */
  void set(long cluster, long value) throws IOException {
    int slot = slot(cluster);
    if (slot >= 0) {
      put(slot, cluster, value);
    } else if (value != 0) {
      throw new ImageException(
          "%s: refcount table entry %#x is 0 but cluster %#x is in use; check with repair"
              .formatted(file.path(), cluster >>> layout.blockBits, cluster));
    }
  }

  private void put(int slot, long cluster, long value) {
    int index = indexInBlock(cluster);
    setValue(blocks.table(slot), index, value);
    int at = (int) ((long) index << layout.refcountOrder >> 3);
    blocks.markDirty(slot, at, at + 1);
    if (value == 0 && cluster < hint) {
      hint = cluster;
    }
  }

  /** Changes the counts of a run; an {@link ImageException} if one would leave its range. */
  void add(long cluster, long count, int delta) throws IOException {
    for (long each = cluster; each < cluster + count; each++) {
      long now = get(each);
      long then = now + delta;
      if (now < 0 || then < 0 || then > layout.maxRefcount()) {
        throw new ImageException(
            "%s: refcount of cluster %#x is %d and cannot change by %d"
                .formatted(file.path(), each, now, delta));
      }
      set(each, then);
    }
  }

  /**
   * Takes a run of free clusters, each counted once then.
   *
   * @param wanted at most so many; {@link #granted} tells how many there are, at least 1
   * @return the first one
   */
  long allocate(long wanted) throws IOException {
    long first = nextFree(hint);
    int slot = slot(first);
    long end = Math.min(first + wanted, ((first >>> layout.blockBits) + 1) << layout.blockBits);
    long cluster = first;
    while (cluster < end && value(blocks.table(slot), indexInBlock(cluster)) == 0) {
      put(slot, cluster, 1);
      cluster++;
    }
    granted = (int) (cluster - first);
    hint = cluster;
    use(first, cluster);
    return first;
  }

  private void use(long first, long end) {
    fresh = first >= unused;
    unused = Math.max(unused, end);
  }

  /** Whether the last allocated run was never used before, so that it reads as zeroes. */
  boolean fresh() {
    return fresh;
  }

  /** How many clusters the last {@link #allocate} gave. */
  int granted() {
    return granted;
  }

  /** Takes exactly so many neighbouring clusters. */
  long allocateRun(long count) throws IOException {
    return count == 1 ? allocate(1) : allocateRun(hint, count);
  }

  /** Takes neighbouring clusters that were never used, so that they read as zeroes. */
  long allocateUnused(long count) throws IOException {
    return allocateRun(Math.max(unused, 1), count);
  }

  /** Takes so many neighbouring clusters, none before a place. */
  long allocateRun(long from, long count) throws IOException {
    long start = nextFree(from);
    for (long cluster = start; cluster < start + count; cluster++) {
      if (cluster >>> layout.blockBits >= table.length) {
        growTable(cluster >>> layout.blockBits);
      }
      if (slot(cluster) < 0) {
        // In the run's first cluster: inside it would cut every run that is longer than a block's.
        makeBlock((int) (cluster >>> layout.blockBits), start++);
      }
      if (get(cluster) != 0) {
        start = nextFree(cluster + 1);
        cluster = start - 1;
      }
    }
    for (long cluster = start; cluster < start + count; cluster++) {
      set(cluster, 1);
    }
    use(start, start + count);
    return start;
  }

  /** The next free cluster, which has a block to be counted in. */
  private long nextFree(long from) throws IOException {
    for (long cluster = from; ; cluster++) {
      int slot = slot(cluster);
      while (slot < 0) {
        makeBlockFor(cluster);
        slot = slot(cluster);
      }
      if (value(blocks.table(slot), indexInBlock(cluster)) == 0) {
        checkFree(cluster << layout.clusterBits);
        return cluster;
      }
    }
  }

  /** A cluster that is free by its count and in use by the header: the counts are broken. */
  private void checkFree(long offset) throws ImageException {
    long end = offset + layout.clusterSize;
    boolean used =
        offset == 0
            || overlaps(offset, end, header.l1Offset, header.l1Size * 8L)
            || overlaps(
                offset,
                end,
                header.refcountTableOffset,
                (long) header.refcountTableClusters << layout.clusterBits)
            || header.snapshotCount > 0 && offset == header.snapshotsOffset
            || blocks.holds(offset);
    if (used) {
      throw new ImageException(
          "%s: refcount of cluster %#x is 0 but metadata stands there; check with repair"
              .formatted(file.path(), offset >>> layout.clusterBits));
    }
  }

  private static boolean overlaps(long start, long end, long other, long length) {
    return start < other + length && other < end;
  }

  /**
   * Makes the block that counts a cluster, in that cluster: it is free, since nothing counts it.
   */
  private void makeBlockFor(long cluster) throws IOException {
    long index = cluster >>> layout.blockBits;
    if (index >= table.length) {
      growTable(index);
    } else {
      makeBlock((int) index, cluster);
    }
  }

  /** Makes a block in a free cluster. The table's entry is written when the block is on storage. */
  private void makeBlock(int index, long place) throws IOException {
    use(place, place + 1);
    long offset = place << layout.clusterBits;
    blocks.create(offset);
    table[index] = offset;
    try {
      set(place, 1);
      blocks.write();
      file.sync();
      writeTableEntry(index);
    } catch (IOException e) {
      table[index] = 0;
      blocks.drop(offset);
      throw e;
    }
  }

  private void writeTableEntry(int index) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(8).putLong(0, table[index]);
    file.write(header.refcountTableOffset + index * 8L, entry);
  }

  /**
   * Moves the refcount table to a larger place: behind all that the old one counts, where
   * everything is free, stand the blocks that count the new place, then the table. The header
   * changes over when they are on storage.
   */
  private void growTable(long neededIndex) throws IOException {
    long start = (long) table.length << layout.blockBits;
    long entries = Math.max(neededIndex + 1, table.length + (long) table.length / 2 + 1);
    long tableClusters = layout.clusters(entries * 8);
    long newBlocks = 1;
    while (newBlocks << layout.blockBits < newBlocks + tableClusters) {
      newBlocks++;
    }
    tableClusters = layout.clusters(Math.max(entries, table.length + newBlocks) * 8);
    if (tableClusters << layout.clusterBits > Layout.MAX_REFCOUNT_TABLE_BYTES
        || start + newBlocks + tableClusters > Layout.OFFSET >>> layout.clusterBits) {
      throw new ImageException(
          "%s: the file cannot grow: refcount_table_clusters is at its limit"
              .formatted(file.path()));
    }
    long[] larger = Arrays.copyOf(table, (int) (tableClusters << layout.clusterBits >>> 3));
    for (int i = 0; i < newBlocks; i++) {
      larger[table.length + i] = start + i << layout.clusterBits;
    }
    moveTable(larger, start + newBlocks, tableClusters, start, newBlocks + tableClusters);
  }

  private void moveTable(
      long[] larger, long place, long tableClusters, long countFrom, long countClusters)
      throws IOException {
    use(countFrom, countFrom + countClusters);
    int oldLength = table.length;
    for (int i = oldLength; i < larger.length && larger[i] != 0; i++) {
      blocks.create(larger[i]);
    }
    long[] old = table;
    table = larger;
    try {
      for (long each = countFrom; each < countFrom + countClusters; each++) {
        put(slot(each), each, 1);
      }
      ByteBuffer bytes = ByteBuffer.allocate(larger.length * 8);
      bytes.asLongBuffer().put(larger);
      blocks.write();
      file.write(place << layout.clusterBits, bytes);
      file.sync();
      long oldPlace = header.refcountTableOffset >>> layout.clusterBits;
      int oldClusters = header.refcountTableClusters;
      header.refcountTableOffset = place << layout.clusterBits;
      header.refcountTableClusters = (int) tableClusters;
      header.update(file);
      file.sync();
      blocks.allLinked();
      add(oldPlace, oldClusters, -1);
    } catch (IOException e) {
      table = header.refcountTableOffset == place << layout.clusterBits ? larger : old;
      throw e;
    }
  }

  /** Writes changed blocks. In any order: a count is lowered only after its last use is gone. */
  void writeBlocks() throws IOException {
    blocks.write();
  }

  /** What {@link #get} and {@link #set} need when the table's entry of a block is wrong. */
  void forgetBlock(int index) {
    table[index] = 0;
  }

  /** Reads everything anew, after a repair. */
  void reload() throws IOException {
    blocks.clear();
    table = readTable();
    hint = 1;
  }
}
