package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.Checkable.Result;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/**
 * Compares the refcounts with what the tables use, and mends them. Works on the file alone: whoever
 * has it open has flushed before and reads anew afterwards. Each L2 table is read once, however
 * many L1 tables share it.
 */
final class Checker {
  private static final int MOST_MESSAGES = 1000;

  private final ImageFile file;
  private final Header header;
  private final Layout layout;
  private final Refcounts refcounts;
  private final ClusterCounts used = new ClusterCounts();
  private final List<String> messages = new ArrayList<>();
  private final long fileSize;

  private Repair repair = Repair.NONE;
  private boolean rebuild;
  private long corruptions;
  private long leaks;
  private long corruptionsFixed;
  private long leaksFixed;
  private long allocated;
  private long fragmented;
  private long compressed;
  private long nextInOrder;

  /** One past the last cluster that is counted or used. */
  private long imageEnd;

  Checker(ImageFile file, Header header) throws IOException {
    this.file = file;
    this.header = header;
    this.layout = header.layout;
    this.refcounts = new Refcounts(file, header);
    this.fileSize = file.size();
  }

  Result check(Repair wanted) throws IOException {
    repair = wanted;
    long[] active = ClusterMap.readL1(file, header.l1Offset, header.l1Size);
    countUses(active);
    countRefcountStructures();
    if (rebuild && repair == Repair.ALL) {
      new RefcountRebuilder(file, header, used).rebuild(refcounts);
      refcounts.reload();
      corruptionsFixed = corruptions;
    }
    compare();
    refcounts.writeBlocks();
    file.sync();
    checkCopied(active);
    if (repair == Repair.ALL && corruptions == corruptionsFixed) {
      clearMarks();
    }
    file.sync();
    return new Result(
        corruptions,
        leaks,
        corruptionsFixed,
        leaksFixed,
        layout.clusters(header.size),
        allocated,
        fragmented,
        compressed,
        imageEnd << layout.clusterBits,
        List.copyOf(messages));
  }

  private void clearMarks() throws IOException {
    if (header.version == 3 && (header.is(Header.DIRTY) || header.is(Header.CORRUPT))) {
      header.incompatible &= ~(Header.DIRTY | Header.CORRUPT);
      header.update(file);
    }
  }

  private void countUses(long[] active) throws IOException {
    count(0, layout.clusterSize, 1, "header");
    Map<Long, Long> tables = new LinkedHashMap<>();
    countL1("L1 table", header.l1Offset, active, tables);
    try {
      SnapshotTable snapshots = SnapshotTable.read(file, header);
      if (header.snapshotCount > 0) {
        count(header.snapshotsOffset, snapshots.encode().remaining(), 1, "snapshot table");
      }
      for (SnapshotTable.Entry entry : snapshots.entries()) {
        entry.requireL1(header, 0);
        long[] l1 = ClusterMap.readL1(file, entry.l1Offset(), entry.l1Size());
        countL1("L1 table of snapshot " + entry.info().id(), entry.l1Offset(), l1, tables);
      }
    } catch (ImageException e) {
      corrupt(e.getMessage());
    }
    countBitmaps();
    int activeTables = 0;
    for (long entry : active) {
      activeTables += (entry & Layout.OFFSET) == 0 ? 0 : 1;
    }
    for (Map.Entry<Long, Long> each : tables.entrySet()) {
      // The active L1 table's come first.
      countL2(each.getKey(), each.getValue(), activeTables-- > 0);
    }
  }

  private void countL1(String what, long offset, long[] l1, Map<Long, Long> tables)
      throws IOException {
    count(offset, l1.length * 8L, 1, what);
    for (int i = 0; i < l1.length; i++) {
      long table = l1[i] & Layout.OFFSET;
      if (table == 0) {
        continue;
      }
      if (layout.aligned(table)) {
        tables.merge(table, 1L, Long::sum);
      } else {
        corrupt("%s: entry %d=%#x: not a cluster's offset".formatted(what, i, l1[i]));
      }
    }
  }

  private void countL2(long offset, long times, boolean active) throws IOException {
    if (!count(offset, layout.clusterSize, times, "L2 table")) {
      return;
    }
    ByteBuffer table = ByteBuffer.allocate(layout.clusterSize);
    file.read(offset, table);
    nextInOrder = 0;
    for (int i = 0; i < layout.l2Entries; i++) {
      long entry = table.getLong(i << 3);
      if ((entry & Layout.COMPRESSED) != 0) {
        if ((entry & Layout.COPIED) != 0) {
          corrupt("L2 entry %#x: compressed, and marked as used once".formatted(entry));
        }
        countCompressed(entry, times);
        if (active) {
          allocated++;
          compressed++;
          // As qemu-img has it: a compressed cluster is a fragment.
          fragmented++;
        }
      } else if ((entry & Layout.OFFSET) != 0) {
        countData(entry, times, active);
      }
    }
  }

  private void countCompressed(long entry, long times) throws IOException {
    long first = layout.compressedOffset(entry);
    // The last sector may end behind the data, and behind the file.
    long from = first & -512L;
    count(from, first - from + layout.compressedLength(entry), times, "compressed cluster");
  }

  private void countData(long entry, long times, boolean active) throws IOException {
    long data = entry & Layout.OFFSET;
    if (!layout.aligned(data)) {
      corrupt("L2 entry %#x: not a cluster's offset".formatted(entry));
      return;
    }
    count(data, layout.clusterSize, times, "data cluster");
    if (active) {
      allocated++;
      if (nextInOrder != 0 && data != nextInOrder) {
        fragmented++;
      }
      nextInOrder = data + layout.clusterSize;
    }
  }

  /** Bitmaps are there when their autoclear bit says so. */
  private void countBitmaps() throws IOException {
    if ((header.autoclear & Header.BITMAPS) == 0 || header.bitmapDirectorySize == 0) {
      return;
    }
    if (header.bitmapDirectorySize < 0 || header.bitmapDirectorySize > 64 << 20) {
      corrupt("bitmap_directory_size=%#x".formatted(header.bitmapDirectorySize));
      return;
    }
    count(header.bitmapDirectoryOffset, header.bitmapDirectorySize, 1, "bitmap directory");
    ByteBuffer directory = ByteBuffer.allocate((int) header.bitmapDirectorySize);
    file.read(header.bitmapDirectoryOffset, directory);
    int at = 0;
    while (at + 24 <= directory.capacity()) {
      long table = directory.getLong(at);
      int entries = directory.getInt(at + 8);
      int names = (directory.getShort(at + 18) & 0xffff) + directory.getInt(at + 20);
      if (entries < 0 || entries > 1 << 20 || names < 0 || names > directory.capacity()) {
        corrupt("bitmap_table_size=%#x".formatted(entries));
        return;
      }
      countBitmap(table, entries);
      at += 24 + names + 7 & -8;
    }
  }

  private void countBitmap(long table, int entries) throws IOException {
    if (!count(table, entries * 8L, 1, "bitmap table")) {
      return;
    }
    for (long entry : ClusterMap.readL1(file, table, entries)) {
      if ((entry & Layout.OFFSET) != 0) {
        count(entry & Layout.OFFSET, layout.clusterSize, 1, "bitmap");
      }
    }
  }

  /** The refcount table and its blocks; where they are broken, they have to be made anew. */
  private void countRefcountStructures() throws IOException {
    long[] table = refcounts.table();
    count(header.refcountTableOffset, table.length * 8L, 1, "refcount table");
    for (int i = 0; i < table.length; i++) {
      long offset = table[i];
      if (offset == 0) {
        continue;
      }
      boolean sane = layout.aligned(offset) && offset > 0 && offset < fileSize;
      if (!sane || used.get(offset >>> layout.clusterBits) > 0) {
        corrupt(
            "refcount table entry %d=%#x: %s"
                .formatted(i, table[i], sane ? "used otherwise" : "no block can stand there"));
        refcounts.forgetBlock(i);
        rebuild = true;
      } else {
        count(offset, layout.clusterSize, 1, "refcount block");
      }
    }
  }

  /** Counts the clusters of a range; false where the file has none. */
  private boolean count(long offset, long length, long times, String what) throws IOException {
    if (length == 0) {
      return true;
    }
    // The last cluster need not be there in full.
    if (offset < 0 || offset + length - fileSize >= layout.clusterSize) {
      corrupt("%s at %#x: lies behind the end of the file".formatted(what, offset));
      return false;
    }
    long last = offset + length - 1 >>> layout.clusterBits;
    for (long each = offset >>> layout.clusterBits; each <= last; each++) {
      used.add(each, times);
    }
    return true;
  }

  private void compare() throws IOException {
    long[] table = refcounts.table();
    for (int i = 0; i < table.length; i++) {
      if (table[i] != 0) {
        long first = (long) i << layout.blockBits;
        for (long each = first; each < first + (1L << layout.blockBits); each++) {
          compare(each);
        }
      }
    }
    // What no block counts.
    for (long each = used.nextUsed(0); each >= 0; each = used.nextUsed(each + 1)) {
      long index = each >>> layout.blockBits;
      if (index >= table.length || table[(int) index] == 0) {
        compare(each);
      }
    }
  }

  private void compare(long cluster) throws IOException {
    long counted = refcounts.get(cluster);
    long needed = used.get(cluster);
    if (needed == 0 && cluster >= layout.clusters(fileSize)) {
      // Counted but not there: no leak, as it holds no storage, but it would become one.
      if (counted > 0 && repair != Repair.NONE) {
        refcounts.set(cluster, 0);
      }
      return;
    }
    if (counted > 0 || needed > 0) {
      imageEnd = Math.max(imageEnd, cluster + 1);
    }
    if (counted == needed) {
      return;
    }
    boolean leak = counted > needed;
    boolean mend = repair == Repair.ALL || leak && repair == Repair.LEAKS;
    String message =
        "%s cluster %d refcount=%d reference=%d"
            .formatted(leak ? "Leaked" : "ERROR", cluster, counted, needed);
    if (leak) {
      leaks++;
    } else {
      corruptions++;
    }
    note(message);
    if (mend && set(cluster, needed)) {
      if (leak) {
        leaksFixed++;
      } else {
        corruptionsFixed++;
      }
    }
  }

  /** Counts anew; makes all refcounts anew if there is no block for this one. */
  private boolean set(long cluster, long needed) throws IOException {
    if (needed > layout.maxRefcount()) {
      return false;
    }
    long index = cluster >>> layout.blockBits;
    if (index >= refcounts.table().length || refcounts.table()[(int) index] == 0) {
      refcounts.writeBlocks();
      new RefcountRebuilder(file, header, used).rebuild(refcounts);
      refcounts.reload();
      return true;
    }
    refcounts.set(cluster, needed);
    return true;
  }

  /** The flag in active tables repeats whether a refcount is 1. */
  private void checkCopied(long[] l1) throws IOException {
    for (int i = 0; i < l1.length; i++) {
      long table = l1[i] & Layout.OFFSET;
      if (table == 0 || !layout.aligned(table) || table >= fileSize) {
        continue;
      }
      checkFlag("L1 entry %d".formatted(i), l1[i], header.l1Offset + i * 8L);
      ByteBuffer l2 = ByteBuffer.allocate(layout.clusterSize);
      file.read(table, l2);
      for (int j = 0; j < layout.l2Entries; j++) {
        long entry = l2.getLong(j << 3);
        long data = entry & Layout.OFFSET;
        if ((entry & Layout.COMPRESSED) == 0 && data != 0 && layout.aligned(data)) {
          checkFlag("L2 entry", entry, table + j * 8L);
        }
      }
    }
  }

  private void checkFlag(String what, long entry, long place) throws IOException {
    long refcount = refcounts.get((entry & Layout.OFFSET) >>> layout.clusterBits);
    if (refcount == 1 == ((entry & Layout.COPIED) != 0)) {
      return;
    }
    corrupt("%s at %#x=%#x: flag COPIED but refcount=%d".formatted(what, place, entry, refcount));
    if (repair == Repair.ALL) {
      ByteBuffer mended = ByteBuffer.allocate(8).putLong(0, entry ^ Layout.COPIED);
      file.write(place, mended);
      corruptionsFixed++;
    }
  }

  private void corrupt(String message) {
    corruptions++;
    note(message);
  }

  private void note(String message) {
    if (messages.size() < MOST_MESSAGES) {
      messages.add(message);
    }
  }
}
