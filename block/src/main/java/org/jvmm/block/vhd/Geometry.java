package org.jvmm.block.vhd;

/**
 * Cylinders, heads and sectors of a disk, as the specification's appendix "CHS calculation" has it.
 */
record Geometry(int cylinders, int heads, int sectors) {
  /** What a geometry can express at most: 65535 x 16 x 255 sectors, about 127 GiB. */
  static final long MOST_SECTORS = 65535L * 16 * 255;

  private static final int MOST_CYLINDERS_OF_SMALL = 65535 * 16 * 63;

  /** The geometry that expresses a number of sectors, or a little fewer. */
  static Geometry of(long totalSectors) {
    long total = Math.min(totalSectors, MOST_SECTORS);
    int heads = 16;
    int sectors;
    long tracks;
    if (total > MOST_CYLINDERS_OF_SMALL) {
      sectors = 255;
      tracks = total / sectors;
    } else {
      sectors = 17;
      tracks = total / sectors;
      heads = Math.max(4, (int) ((tracks + 1023) / 1024));
      if (tracks >= heads * 1024L || heads > 16) {
        sectors = 31;
        heads = 16;
        tracks = total / sectors;
      }
      if (tracks >= heads * 1024L) {
        sectors = 63;
        heads = 16;
        tracks = total / sectors;
      }
    }
    return new Geometry((int) (tracks / heads), heads, sectors);
  }

  /** The smallest geometry of the appendix's that holds that many sectors, as far as any does. */
  static Geometry holding(long totalSectors) {
    Geometry geometry = of(totalSectors);
    for (long more = 1;
        geometry.total() < totalSectors && totalSectors + more <= MOST_SECTORS;
        more++) {
      geometry = of(totalSectors + more);
    }
    return geometry;
  }

  /** Sectors in all. */
  long total() {
    return (long) cylinders * heads * sectors;
  }
}
