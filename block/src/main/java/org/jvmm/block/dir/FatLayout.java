package org.jvmm.block.dir;

import org.jvmm.block.ImageException;

/**
 * The sizes of a FAT volume, in sectors of 512 bytes from the volume's first.
 *
 * @param fat32 FAT32, else FAT16
 * @param perCluster sectors of a cluster
 * @param clusters clusters of data; numbered from 2
 * @param rootEntries entries of the root directory of a FAT16; 0 with FAT32
 */
record FatLayout(boolean fat32, int perCluster, long clusters, int rootEntries) {
  static final int SECTOR = 512;

  /** FAT specification, section 3.5: the number of clusters alone decides the kind. */
  private static final int LEAST_FAT16 = 4085;

  private static final int LEAST_FAT32 = 65525;
  private static final long MOST_FAT32 = 0x0fff_fff0L;
  private static final int MOST_ROOT_ENTRIES = 65520;

  /** As large as QEMU's directory disks: 1023 of 1024 cylinders. */
  private static final long USUAL_SECTORS = 1023 * 16 * 63;

  /** How many clusters of a size the content takes; the root directory's too if it has any. */
  interface Need {
    long clusters(int clusterBytes, boolean withRoot);
  }

  /** The smallest kind and cluster size that hold the content. */
  static FatLayout of(Need need, int rootEntries) throws ImageException {
    int entries = Math.max(512, (rootEntries + 15) & -16);
    for (int perCluster = 16; perCluster <= 64; perCluster *= 2) {
      long used = need.clusters(perCluster * SECTOR, false);
      long clusters = Math.max(used + 1, USUAL_SECTORS / perCluster);
      if (clusters < LEAST_FAT32 && clusters >= LEAST_FAT16 && entries <= MOST_ROOT_ENTRIES) {
        return new FatLayout(false, perCluster, clusters, entries);
      }
    }
    for (int perCluster = 8; perCluster <= 64; perCluster *= 2) {
      long used = need.clusters(perCluster * SECTOR, true);
      var layout = new FatLayout(true, perCluster, Math.max(used + used / 16, LEAST_FAT32 + 1), 0);
      if (layout.clusters <= MOST_FAT32 && layout.sectors() < 0xffff_0000L) {
        return layout;
      }
    }
    throw new ImageException("the directory holds more than a FAT32 file system can");
  }

  int reserved() {
    return fat32 ? 32 : 1;
  }

  /** Sectors of one of the two tables. */
  long tableSectors() {
    return ((clusters + 2) * (fat32 ? 4 : 2) + SECTOR - 1) / SECTOR;
  }

  /** First sector of a FAT16's root directory, or of the data. */
  long rootStart() {
    return reserved() + 2 * tableSectors();
  }

  /** First sector of cluster 2. */
  long dataStart() {
    return rootStart() + rootEntries * (long) FatDirectory.ENTRY / SECTOR;
  }

  long sectorOf(long cluster) {
    return dataStart() + (cluster - 2) * perCluster;
  }

  long sectors() {
    return dataStart() + clusters * perCluster;
  }

  int clusterBytes() {
    return perCluster * SECTOR;
  }
}
