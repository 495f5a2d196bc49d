package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/**
 * From the disk's clusters to the file's: the L1 table in memory, the L2 tables in a cache; and the
 * order in which changed metadata goes to the file.
 */
final class ClusterMap {
  /** How a cluster of the disk is stored. */
  enum Kind {
    /** Not here: the backing file's, or zeroes. */
    ABSENT,
    /** Reads as zeroes; storage may be reserved for it. */
    ZERO,
    DATA,
    COMPRESSED
  }

  private static final long CACHE_BYTES = 32 << 20;

  private final ImageFile file;
  private final Header header;
  private final Layout layout;
  private final Refcounts refcounts;
  private final TableCache tables;
  private final PendingFrees pending = new PendingFrees();
  private final BitSet dirtyL1 = new BitSet();
  private final boolean discards;

  /** Whether refcounts may lag behind, since the image is marked dirty. */
  private boolean lazy;

  private boolean synced = true;
  private long[] l1;

  /** Bytes that the last {@link #run} found alike. */
  private long runBytes;

  /**
   * The map of an L1 table.
   *
   * @param refcounts null if nothing will be written
   * @param discards whether storage of freed clusters is given back
   */
  ClusterMap(
      ImageFile file,
      Header header,
      Refcounts refcounts,
      long l1Offset,
      int l1Size,
      boolean discards)
      throws IOException {
    this.file = file;
    this.header = header;
    this.layout = header.layout;
    this.refcounts = refcounts;
    this.discards = discards;
    this.tables = new TableCache(file, layout.clusterSize, CACHE_BYTES, this::writeBack);
    this.l1 = readL1(file, l1Offset, l1Size);
  }

  static long[] readL1(ImageFile file, long offset, int entries) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(entries * 8);
    file.read(offset, bytes);
    long[] table = new long[entries];
    bytes.flip().asLongBuffer().get(table);
    return table;
  }

  /** The L1 table; its holder may change it when {@link #replaceL1} follows. */
  long[] l1() {
    return l1;
  }

  /** Refcounts wait for the close from now on; the image must be marked dirty. */
  void setLazy(boolean value) {
    lazy = value;
  }

  /** The entry of the cluster at a byte of the disk; 0 where there is no L2 table. */
  long entry(long offset) throws IOException {
    int index = layout.l1Index(offset);
    long table = tableOffset(index);
    return table == 0 ? 0 : tables.entry(tables.load(table), layout.l2Index(offset));
  }

  /**
   * The entry at a byte of the disk; {@link #runBytes} tells for how many bytes from there on the
   * disk is stored in the same manner: absent, as zeroes, or in one piece. A compressed cluster is
   * alone. At most to the end of the L2 table.
   */
  long run(long offset, long most) throws IOException {
    int l2Index = layout.l2Index(offset);
    long inCluster = layout.inCluster(offset);
    long table = tableOffset(layout.l1Index(offset));
    if (table == 0) {
      long rest = (long) (layout.l2Entries - l2Index) << layout.clusterBits;
      runBytes = Math.min(most, rest - inCluster);
      return 0;
    }
    int slot = tables.load(table);
    long entry = tables.entry(slot, l2Index);
    Kind kind = kind(entry, offset);
    long step = kind == Kind.DATA ? layout.clusterSize : 0;
    // Zeroes with storage reserved: each cluster has its own.
    boolean alone = kind == Kind.ZERO && (entry & Layout.OFFSET) != 0;
    long end = layout.clusterSize - inCluster;
    long next = entry + step;
    for (int i = l2Index + 1; i < layout.l2Entries && end < most; i++, next += step) {
      if (kind == Kind.COMPRESSED || alone || tables.entry(slot, i) != next) {
        break;
      }
      end += layout.clusterSize;
    }
    runBytes = Math.min(most, end);
    return entry;
  }

  /** How an entry's cluster is stored. */
  Kind kind(long entry, long offset) throws ImageException {
    if ((entry & Layout.COMPRESSED) != 0) {
      return Kind.COMPRESSED;
    }
    if ((entry & Layout.ZERO) != 0) {
      if (header.version == 2) {
        throw new ImageException(
            "%s: L2 entry of disk offset %#x=%#x: a zero flag in version 2"
                .formatted(file.path(), offset, entry));
      }
      return Kind.ZERO;
    }
    return (entry & Layout.OFFSET) != 0 ? Kind.DATA : Kind.ABSENT;
  }

  /** Bytes that the last {@link #run} found alike. */
  long runBytes() {
    return runBytes;
  }

  /** Where the L2 table of an L1 entry stands; 0 if there is none. */
  long tableOffset(int index) throws ImageException {
    long offset = l1[index] & Layout.OFFSET;
    if (!layout.aligned(offset)) {
      throw new ImageException(
          "%s: L1 entry %d=%#x: not a cluster's offset".formatted(file.path(), index, l1[index]));
    }
    return offset;
  }

  /** Where the data of an entry that is neither compressed nor empty stands. */
  long dataOffset(long entry, long offset) throws ImageException {
    long data = entry & Layout.OFFSET;
    if (!layout.aligned(data)) {
      throw new ImageException(
          "%s: L2 entry of disk offset %#x=%#x: not a cluster's offset"
              .formatted(file.path(), offset, entry));
    }
    return data;
  }

  /**
   * Changes entries of neighbouring clusters, which lie in one L2 table.
   *
   * @param step what is added from each entry to the next
   */
  void setEntries(long offset, int count, long value, long step) throws IOException {
    int slot = writableTable(layout.l1Index(offset));
    int index = layout.l2Index(offset);
    for (int i = 0; i < count; i++, value += step) {
      tables.setEntry(slot, index + i, value);
    }
    synced = false;
  }

  /** The slot of an L2 table that is this image's alone; made or copied if it is not. */
  private int writableTable(int index) throws IOException {
    long offset = tableOffset(index);
    if (offset != 0 && (l1[index] & Layout.COPIED) != 0) {
      return tables.load(offset);
    }
    long fresh = refcounts.allocate(1) << layout.clusterBits;
    int slot = tables.create(fresh);
    if (offset != 0) {
      // A shared table is never changed here, so the file has its content.
      file.read(offset, tables.table(slot));
      tables.table(slot).clear();
      pending.add(offset >>> layout.clusterBits, 1, false);
    }
    l1[index] = fresh | Layout.COPIED;
    dirtyL1.set(index);
    return slot;
  }

  /** Notes that nothing of the active disk uses a run any more. */
  void free(long cluster, long clusters, boolean discard) {
    pending.add(cluster, clusters, discard && discards);
    synced = false;
  }

  /** Notes that data was written, which a flush has to bring to storage. */
  void dataWritten() {
    synced = false;
  }

  /** Whether so much waits for a flush that it should come now. */
  boolean flushIsDue() {
    return pending.many();
  }

  /**
   * Writes changed metadata so that a crash in between breaks nothing: first what nothing points to
   * yet, then, behind a sync, what points to it.
   */
  void writeBack() throws IOException {
    if (!lazy) {
      refcounts.writeBlocks();
    }
    if (!tables.dirty() && dirtyL1.isEmpty()) {
      return;
    }
    tables.writeUnlinked();
    file.sync();
    tables.write();
    writeL1();
    tables.allLinked();
  }

  private void writeL1() throws IOException {
    for (int from = dirtyL1.nextSetBit(0); from >= 0; from = dirtyL1.nextSetBit(from)) {
      int to = dirtyL1.nextClearBit(from);
      ByteBuffer bytes = ByteBuffer.allocate((to - from) * 8);
      bytes.asLongBuffer().put(l1, from, to - from);
      file.write(header.l1Offset + from * 8L, bytes);
      dirtyL1.clear(from, to);
    }
  }

  /** Makes everything durable, and then gives free what was waiting for that. */
  void flush() throws IOException {
    if (synced) {
      return;
    }
    writeBack();
    file.sync();
    synced = true;
    if (!pending.isEmpty()) {
      pending.settle(this::release);
      // The lower counts are written with the next flush; until then a crash would leak.
      synced = false;
    }
  }

  private void release(long cluster, long clusters, boolean discard) throws IOException {
    refcounts.add(cluster, clusters, -1);
    long end = cluster + clusters;
    for (long each = cluster, run = cluster; each <= end; each++) {
      if (each < end && refcounts.get(each) == 0) {
        tables.drop(each << layout.clusterBits);
        continue;
      }
      if (discard && each > run) {
        file.discard(run << layout.clusterBits, each - run << layout.clusterBits);
      }
      run = each + 1;
    }
  }

  /** Writes everything, the lowered refcounts too. */
  void settleAll() throws IOException {
    flush();
    flush();
    refcounts.writeBlocks();
    file.sync();
    synced = true;
  }

  /** Uses another L1 table, which stands in the file already; the header tells where. */
  void replaceL1(long[] table) {
    tables.clear();
    dirtyL1.clear();
    l1 = table;
  }

  /** The L2 table at a place, to be looked at. */
  ByteBuffer table(long offset) throws IOException {
    return tables.table(tables.load(offset));
  }

  /** Changes an entry of the L2 table at a place, which is in use by the active disk. */
  void setEntryIn(long table, int index, long value) throws IOException {
    tables.setEntry(tables.load(table), index, value);
    synced = false;
  }

  /** Changes an L1 entry. */
  void setL1(int index, long value) {
    l1[index] = value;
    dirtyL1.set(index);
    synced = false;
  }
}
