package org.jvmm.block.dir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.dir.FatNames.Named;
import org.jvmm.block.dir.HostTree.Node;

/**
 * Lays a directory out as a disk with one FAT partition. Every file and directory has its clusters
 * in a row, so the allocation table follows from where each begins and is computed when it is read.
 */
final class FatDisk {
  private static final int PARTITION_START = 63;
  private static final int HEADS = 16;
  private static final int SECTORS_PER_TRACK = 63;
  private static final int SECTOR = FatLayout.SECTOR;
  private static final long MOST_FILE = 0xffff_ffffL;
  private static final int SERIAL = 0x6a766d6d;

  private final HostTree tree;
  private final Map<Node, List<Named>> names = new IdentityHashMap<>();
  private final Map<Node, Integer> firstClusters = new IdentityHashMap<>();
  private final FatLayout layout;

  /** Last cluster of each run, ascending. */
  private int[] lastClusters = new int[0];

  private FatDisk(HostTree tree) throws ImageException {
    this.tree = tree;
    for (Node each : tree.nodes()) {
      if (each.directory) {
        names.put(each, FatNames.of(each));
      } else if (each.size > MOST_FILE) {
        throw new ImageException(
            "%s: %d bytes are more than a file on FAT can have".formatted(each.path, each.size));
      }
    }
    this.layout = FatLayout.of(this::clustersNeeded, entries(tree.root()));
  }

  /** The disk of a tree. */
  static BlockImage of(HostTree tree) throws ImageException {
    return new FatDisk(tree).lay();
  }

  private int entries(Node directory) {
    return FatDirectory.entries(directory, names.get(directory));
  }

  private long bytes(Node node) {
    return node.directory ? (long) entries(node) * FatDirectory.ENTRY : node.size;
  }

  private long clustersNeeded(int clusterBytes, boolean withRoot) {
    long clusters = 0;
    for (Node each : tree.nodes()) {
      if (withRoot || each.parent != null) {
        clusters += (bytes(each) + clusterBytes - 1) / clusterBytes;
      }
    }
    return clusters;
  }

  private BlockImage lay() {
    placeNodes();
    long cylinder = HEADS * SECTORS_PER_TRACK;
    long total = (PARTITION_START + layout.sectors() + cylinder - 1) / cylinder * cylinder;
    SyntheticDisk disk = new SyntheticDisk("vvfat", total * SECTOR);
    disk.place(0, partitionTable());
    ByteBuffer boot = bootSector();
    disk.place(at(0), boot);
    if (layout.fat32()) {
      disk.place(at(1), informationSector());
      disk.place(at(6), boot); // the copy that BPB_BkBootSec names
      disk.place(at(7), informationSector());
    }
    long tableBytes = layout.tableSectors() * SECTOR;
    for (int copy = 0; copy < 2; copy++) {
      disk.place(at(layout.reserved() + copy * layout.tableSectors()), tableBytes, this::readTable);
    }
    for (Node each : tree.nodes()) {
      boolean fixedRoot = each.parent == null && !layout.fat32();
      int cluster = firstClusters.getOrDefault(each, 0);
      long start = at(fixedRoot ? layout.rootStart() : layout.sectorOf(cluster));
      if (each.directory) {
        disk.place(start, FatDirectory.encode(each, names.get(each), this::firstCluster));
      } else {
        disk.place(start, each.path, each.size);
      }
    }
    return disk;
  }

  private static long at(long volumeSector) {
    return (PARTITION_START + volumeSector) * SECTOR;
  }

  private int firstCluster(Node node) {
    return firstClusters.getOrDefault(node, 0);
  }

  private void placeNodes() {
    int[] last = new int[tree.nodes().size()];
    int runs = 0;
    int next = 2;
    for (Node each : tree.nodes()) {
      long count = (bytes(each) + layout.clusterBytes() - 1) / layout.clusterBytes();
      if (count > 0 && (each.parent != null || layout.fat32())) {
        firstClusters.put(each, next);
        next += (int) count;
        last[runs++] = next - 1;
      }
    }
    lastClusters = Arrays.copyOf(last, runs);
  }

  /** The allocation table: each cluster's entry is the next one, at the end of a run all ones. */
  private void readTable(long offset, ByteBuffer into) {
    int width = layout.fat32() ? 4 : 2;
    while (into.hasRemaining()) {
      long entry = entry(offset / width);
      into.put((byte) (entry >>> 8 * (offset % width)));
      offset++;
    }
  }

  private long entry(long cluster) {
    long end = layout.fat32() ? 0x0fff_ffffL : 0xffffL;
    if (cluster < 2) {
      return cluster == 0 ? end & ~0xffL | 0xf8 : end;
    }
    if (lastClusters.length == 0 || cluster > lastClusters[lastClusters.length - 1]) {
      return 0;
    }
    return Arrays.binarySearch(lastClusters, (int) cluster) >= 0 ? end : cluster + 1;
  }

  private ByteBuffer partitionTable() {
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    sector.putInt(440, SERIAL);
    sector.put(446, (byte) 0x80);
    putChs(sector, 447, PARTITION_START);
    sector.put(450, (byte) (layout.fat32() ? 0x0c : 0x0e)); // FAT by LBA
    putChs(sector, 451, PARTITION_START + layout.sectors() - 1);
    sector.putInt(454, PARTITION_START).putInt(458, (int) layout.sectors());
    return sector.putShort(510, (short) 0xaa55);
  }

  private static void putChs(ByteBuffer sector, int at, long lba) {
    long cylinder = lba / (HEADS * SECTORS_PER_TRACK);
    boolean beyond = cylinder > 1023;
    int head = beyond ? 0xfe : (int) (lba / SECTORS_PER_TRACK % HEADS);
    int track = beyond ? 63 : (int) (lba % SECTORS_PER_TRACK) + 1;
    int low = beyond ? 1023 : (int) cylinder;
    sector.put(at, (byte) head).put(at + 1, (byte) (track | low >> 8 << 6)).put(at + 2, (byte) low);
  }

  private ByteBuffer bootSector() {
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    sector.put(new byte[] {(byte) 0xeb, (byte) (layout.fat32() ? 0x58 : 0x3c), (byte) 0x90});
    sector.put("JVMM    ".getBytes(StandardCharsets.US_ASCII));
    sector.putShort((short) SECTOR).put((byte) layout.perCluster());
    sector.putShort((short) layout.reserved()).put((byte) 2);
    sector.putShort((short) layout.rootEntries());
    boolean small = layout.sectors() < 0x10000 && !layout.fat32();
    sector.putShort((short) (small ? layout.sectors() : 0)).put((byte) 0xf8);
    sector.putShort((short) (layout.fat32() ? 0 : layout.tableSectors()));
    sector.putShort((short) SECTORS_PER_TRACK).putShort((short) HEADS).putInt(PARTITION_START);
    sector.putInt(small ? 0 : (int) layout.sectors());
    if (layout.fat32()) {
      sector.putInt((int) layout.tableSectors()).putInt(0);
      sector.putInt(firstCluster(tree.root())).putShort((short) 1).putShort((short) 6);
      sector.position(64);
    }
    sector.put((byte) 0x80).put((byte) 0).put((byte) 0x29).putInt(SERIAL);
    String type = layout.fat32() ? "FAT32   " : "FAT16   ";
    sector.put(("JVMM       " + type).getBytes(StandardCharsets.US_ASCII));
    sector.put(new byte[] {(byte) 0xcd, 0x18}); // int 18h: nothing to boot here
    return sector.putShort(510, (short) 0xaa55).clear();
  }

  private ByteBuffer informationSector() {
    ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    int used = lastClusters.length == 0 ? 0 : lastClusters[lastClusters.length - 1] - 1;
    sector.putInt(0, 0x41615252).putInt(484, 0x61417272);
    sector.putInt(488, (int) layout.clusters() - used).putInt(492, used + 2);
    return sector.putInt(508, 0xaa550000).clear();
  }
}
