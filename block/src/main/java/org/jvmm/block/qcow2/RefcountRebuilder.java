package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.TreeMap;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/** Makes a new refcount table and its blocks behind everything else, from what is in use. */
final class RefcountRebuilder {
  private final ImageFile file;
  private final Header header;
  private final Layout layout;
  private final ClusterCounts used;

  RefcountRebuilder(ImageFile file, Header header, ClusterCounts used) {
    this.file = file;
    this.header = header;
    this.layout = header.layout;
    this.used = used;
  }

  /** The old table and blocks are free afterwards, and counted so. */
  void rebuild(Refcounts old) throws IOException {
    uncount(old);
    long start = Math.max(used.end(), layout.clusters(file.size()));
    TreeMap<Long, Long> blocks = new TreeMap<>();
    for (long each = used.nextUsed(0); each >= 0; ) {
      blocks.put(each >>> layout.blockBits, 0L);
      each = used.nextUsed((each >>> layout.blockBits) + 1 << layout.blockBits);
    }
    // The new structures have to be counted too, until that needs no more of them.
    long tableClusters;
    long end;
    do {
      tableClusters = tableClusters(blocks);
      end = start + blocks.size() + tableClusters;
      for (long each = start; each < end; each++) {
        blocks.putIfAbsent(each >>> layout.blockBits, 0L);
      }
      tableClusters = tableClusters(blocks);
    } while (end != start + blocks.size() + tableClusters);
    write(blocks, start, tableClusters);
  }

  /** A file that ends far behind what is in it would need a table that no reader takes. */
  private long tableClusters(TreeMap<Long, Long> blocks) throws ImageException {
    long clusters = layout.clusters((blocks.lastKey() + 1) * 8);
    if (clusters << layout.clusterBits > Layout.MAX_REFCOUNT_TABLE_BYTES) {
      throw new ImageException(file.path() + ": refcount_table_clusters: more than 8 MiB");
    }
    return clusters;
  }

  private void uncount(Refcounts old) throws IOException {
    long clusters = header.refcountTableClusters;
    for (long each = 0; each < clusters; each++) {
      used.add((header.refcountTableOffset >>> layout.clusterBits) + each, -1);
    }
    for (long offset : old.table()) {
      if (offset != 0) {
        used.add(offset >>> layout.clusterBits, -1);
      }
    }
  }

  private void write(TreeMap<Long, Long> blocks, long start, long tableClusters)
      throws IOException {
    ByteBuffer table = ByteBuffer.allocate((int) tableClusters << layout.clusterBits);
    long place = start;
    for (long index : blocks.keySet()) {
      table.putLong((int) index << 3, place++ << layout.clusterBits);
    }
    long end = place + tableClusters;
    for (long each = start; each < end; each++) {
      used.add(each, 1);
    }
    file.resize(end << layout.clusterBits);
    file.write(place << layout.clusterBits, table);
    header.refcountTableOffset = place << layout.clusterBits;
    header.refcountTableClusters = (int) tableClusters;
    // The blocks are filled through the new table, before the header on storage names it.
    Refcounts fresh = new Refcounts(file, header);
    for (long each = used.nextUsed(0); each >= 0; each = used.nextUsed(each + 1)) {
      fresh.set(each, Math.min(used.get(each), layout.maxRefcount()));
    }
    fresh.writeBlocks();
    file.sync();
    header.update(file);
    file.sync();
  }
}
