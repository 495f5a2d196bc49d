package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Snapshots.Info;

/**
 * Keeps, restores and forgets states of the disk. While it works, refcounts and the flags that
 * repeat them disagree; the caller has marked the image dirty (version 3), so that a crash leads to
 * a repair. In either version what an entry points to is never counted lower than it is used.
 */
final class SnapshotEditor {
  private static final int LONGEST_NAME = 0xffff;

  private final ImageFile file;
  private final Header header;
  private final Layout layout;
  private final Refcounts refcounts;
  private final ClusterMap map;
  private final SnapshotTable table;

  SnapshotEditor(ImageFile file, Header header, Refcounts refcounts, ClusterMap map)
      throws IOException {
    this.file = file;
    this.header = header;
    this.layout = header.layout;
    this.refcounts = refcounts;
    this.map = map;
    this.table = SnapshotTable.read(file, header);
  }

  /** The snapshot of an id or name, its L1 table found sane. */
  SnapshotTable.Entry find(String idOrName) throws IOException {
    SnapshotTable.Entry entry = table.find(idOrName);
    entry.requireL1(header, entry.info().diskSize());
    return entry;
  }

  void create(String name) throws IOException {
    if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
      throw new ImageException(file.path() + ": the snapshot's name is too long");
    }
    visit(map.l1(), this::requireRoom);
    long[] l1 = map.l1().clone();
    for (int i = 0; i < l1.length; i++) {
      l1[i] &= Layout.OFFSET;
    }
    long place = writeTable(l1);
    visit(l1, cluster -> refcounts.add(cluster, 1, 1));
    updateCopied();
    Instant now = Instant.now();
    Info info =
        new Info(table.nextId(), name, 0, now.getEpochSecond(), now.getNano(), 0, header.size, -1);
    replaceTable(table.plus(new SnapshotTable.Entry(place, l1.length, info, new byte[0])));
  }

  private void requireRoom(long cluster) throws IOException {
    if (refcounts.get(cluster) >= layout.maxRefcount()) {
      throw new ImageException(
          "%s: refcount_order=%d: no cluster can be counted more than %d times"
              .formatted(file.path(), layout.refcountOrder, layout.maxRefcount()));
    }
  }

  void apply(String idOrName) throws IOException {
    SnapshotTable.Entry entry = find(idOrName);
    long[] l1 = ClusterMap.readL1(file, entry.l1Offset(), entry.l1Size());
    visit(l1, this::requireRoom);
    visit(l1, cluster -> refcounts.add(cluster, 1, 1));
    long place = writeTable(l1);
    refcounts.writeBlocks();
    file.sync();

    final long[] oldL1 = map.l1();
    final long oldPlace = header.l1Offset >>> layout.clusterBits;
    header.l1Offset = l1.length == 0 ? 0 : place;
    header.l1Size = l1.length;
    header.size = entry.info().diskSize();
    header.update(file);
    file.sync();

    visit(oldL1, cluster -> refcounts.add(cluster, 1, -1));
    refcounts.add(oldPlace, layout.clusters(oldL1.length * 8L), -1);
    map.replaceL1(l1);
    updateCopied();
  }

  void delete(String idOrName) throws IOException {
    SnapshotTable.Entry entry = find(idOrName);
    long[] l1 = ClusterMap.readL1(file, entry.l1Offset(), entry.l1Size());
    replaceTable(table.minus(entry));
    visit(l1, cluster -> refcounts.add(cluster, 1, -1));
    refcounts.add(
        entry.l1Offset() >>> layout.clusterBits, layout.clusters(entry.l1Size() * 8L), -1);
    // Tables of clusters that are free now must not be found in the cache.
    map.replaceL1(map.l1());
    updateCopied();
  }

  private long writeTable(long[] l1) throws IOException {
    if (l1.length == 0) {
      return 0;
    }
    ByteBuffer bytes = ByteBuffer.allocate(l1.length * 8);
    bytes.asLongBuffer().put(l1);
    long place = refcounts.allocateRun(layout.clusters(bytes.capacity())) << layout.clusterBits;
    file.write(place, bytes);
    return place;
  }

  private void replaceTable(SnapshotTable next) throws IOException {
    long oldPlace = header.snapshotsOffset >>> layout.clusterBits;
    long oldClusters = layout.clusters(table.encode().remaining());
    long place = 0;
    if (!next.entries().isEmpty()) {
      ByteBuffer bytes = next.encode();
      place = refcounts.allocateRun(layout.clusters(bytes.remaining())) << layout.clusterBits;
      file.write(place, bytes);
    }
    map.writeBack();
    refcounts.writeBlocks();
    file.sync();
    header.snapshotsOffset = place;
    header.snapshotCount = next.entries().size();
    header.update(file);
    file.sync();
    refcounts.add(oldPlace, oldClusters, -1);
  }

  private interface Visitor {
    void visit(long cluster) throws IOException;
  }

  /** Visits each L2 table of an L1 table and each cluster that it leads to, once per use. */
  private void visit(long[] l1, Visitor visitor) throws IOException {
    for (long l1Entry : l1) {
      long offset = l1Entry & Layout.OFFSET;
      if (offset == 0) {
        continue;
      }
      requireAligned(offset, l1Entry);
      visitor.visit(offset >>> layout.clusterBits);
      ByteBuffer l2 = map.table(offset);
      for (int i = 0; i < layout.l2Entries; i++) {
        visitEntry(l2.getLong(i << 3), visitor);
      }
    }
  }

  private void visitEntry(long entry, Visitor visitor) throws IOException {
    if ((entry & Layout.COMPRESSED) != 0) {
      long offset = layout.compressedOffset(entry);
      long last = offset + layout.compressedLength(entry) - 1 >>> layout.clusterBits;
      for (long cluster = offset >>> layout.clusterBits; cluster <= last; cluster++) {
        visitor.visit(cluster);
      }
    } else if ((entry & Layout.OFFSET) != 0) {
      requireAligned(entry & Layout.OFFSET, entry);
      visitor.visit((entry & Layout.OFFSET) >>> layout.clusterBits);
    }
  }

  private void requireAligned(long offset, long entry) throws ImageException {
    if (!layout.aligned(offset)) {
      throw new ImageException(
          "%s: table entry %#x: not a cluster's offset".formatted(file.path(), entry));
    }
  }

  /** Sets the flag of what is used once, in the active tables. */
  private void updateCopied() throws IOException {
    long[] l1 = map.l1();
    for (int index = 0; index < l1.length; index++) {
      long offset = map.tableOffset(index);
      if (offset == 0) {
        continue;
      }
      long marked = marked(l1[index], offset);
      if (marked != l1[index]) {
        map.setL1(index, marked);
      }
      ByteBuffer l2 = map.table(offset);
      for (int i = 0; i < layout.l2Entries; i++) {
        long entry = l2.getLong(i << 3);
        if ((entry & Layout.COMPRESSED) == 0 && (entry & Layout.OFFSET) != 0) {
          long now = marked(entry, entry & Layout.OFFSET);
          if (now != entry) {
            map.setEntryIn(offset, i, now);
          }
        }
      }
    }
  }

  private long marked(long entry, long offset) throws IOException {
    boolean once = refcounts.get(offset >>> layout.clusterBits) == 1;
    return once ? entry | Layout.COPIED : entry & ~Layout.COPIED;
  }
}
