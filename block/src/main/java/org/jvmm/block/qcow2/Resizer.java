package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.core.backend.IoBuffer;

/** Changes the size of the disk, and reserves storage for it. */
final class Resizer {
  static final List<String> PREALLOCATIONS = List.of("off", "metadata", "falloc", "full");
  private static final int SECTOR = 512;
  private static final int STEP = 1 << 20;

  private final ImageFile file;
  private final Header header;
  private final Layout layout;
  private final Refcounts refcounts;
  private final ClusterMap map;

  Resizer(ImageFile file, Header header, Refcounts refcounts, ClusterMap map) {
    this.file = file;
    this.header = header;
    this.layout = header.layout;
    this.refcounts = refcounts;
    this.map = map;
  }

  void resize(Qcow2Image image, long size, String preallocation) throws IOException {
    if (size < 0 || size % SECTOR != 0) {
      throw new ImageException(
          "%s: size=%#x: must be a multiple of 512".formatted(file.path(), size));
    }
    if (!PREALLOCATIONS.contains(preallocation)) {
      throw new ImageException(
          "preallocation=%s is unknown; known are %s"
              .formatted(preallocation, String.join(", ", PREALLOCATIONS)));
    }
    if (header.snapshotCount > 0 && header.version == 2) {
      throw new ImageException(
          file.path() + ": nb_snapshots: a version 2 image with snapshots cannot change its size");
    }
    long old = header.size;
    if (size < old) {
      shrink(image, size);
    } else {
      growL1(layout.l1Entries(size));
      setSize(size);
      long hidden = Math.min(size, image.backingSize());
      if (hidden > old) {
        // What the backing file has there was not part of the disk.
        image.writeZeroes(old, hidden - old);
      }
      if (!preallocation.equals("off")) {
        preallocate(old, preallocation);
      }
    }
    map.settleAll();
  }

  private void shrink(Qcow2Image image, long size) throws IOException {
    long cut = layout.clusters(size) << layout.clusterBits;
    image.cut(cut);
    long tail = Math.min(cut, header.size);
    if (tail > size) {
      image.writeZeroes(size, tail - size);
    }
    map.flush();
    setSize(size);
  }

  private void setSize(long size) throws IOException {
    header.size = size;
    header.update(file);
    file.sync();
  }

  /** Moves the L1 table to where it has room for more entries. */
  private void growL1(long entries) throws IOException {
    long[] l1 = map.l1();
    if (entries <= l1.length) {
      return;
    }
    if (entries > Layout.MAX_L1_BYTES / 8) {
      throw new ImageException(
          "%s: size: the L1 table would exceed 32 MiB; a larger cluster_size allows more"
              .formatted(file.path()));
    }
    map.writeBack();
    long[] larger = Arrays.copyOf(l1, (int) entries);
    ByteBuffer bytes = ByteBuffer.allocate(larger.length * 8);
    bytes.asLongBuffer().put(larger);
    long place = refcounts.allocateRun(layout.clusters(bytes.capacity()));
    file.write(place << layout.clusterBits, bytes);
    refcounts.writeBlocks();
    file.sync();
    long oldPlace = header.l1Offset >>> layout.clusterBits;
    header.l1Offset = place << layout.clusterBits;
    header.l1Size = larger.length;
    header.update(file);
    file.sync();
    refcounts.add(oldPlace, layout.clusters(l1.length * 8L), -1);
    map.replaceL1(larger);
  }

  /** Gives each absent cluster from a byte on a place that reads as zeroes. */
  private void preallocate(long from, String mode) throws IOException {
    long at = layout.clusters(from) << layout.clusterBits;
    while (at < header.size) {
      long entry = map.run(at, header.size - at);
      long run = map.runBytes();
      if (entry == 0) {
        long count = Math.min(layout.clusters(run), Math.max(1, (1L << 30) >>> layout.clusterBits));
        long place = refcounts.allocateUnused(count) << layout.clusterBits;
        long bytes = count << layout.clusterBits;
        store(place, bytes, mode);
        map.setEntries(at, (int) count, place | Layout.COPIED, layout.clusterSize);
        run = bytes;
      }
      at += run;
    }
  }

  private void store(long place, long bytes, String mode) throws IOException {
    switch (mode) {
      case "metadata" -> {
        if (file.size() < place + bytes) {
          file.resize(place + bytes);
        }
      }
      case "falloc" -> file.allocate(place, bytes);
      default -> {
        ByteBuffer zeroes = IoBuffer.allocate(STEP);
        for (long end = place + bytes; place < end; place += zeroes.limit()) {
          file.write(place, zeroes.clear().limit((int) Math.min(STEP, end - place)));
        }
      }
    }
  }
}
