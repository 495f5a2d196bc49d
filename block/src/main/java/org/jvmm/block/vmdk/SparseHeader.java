package org.jvmm.block.vmdk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.block.ImageException;

/**
 * The header of a hosted sparse extent, 512 bytes, little-endian; names are the specification's,
 * units are sectors.
 *
 * @param flags {@link #VALID_NEWLINES} and others
 * @param capacity size of the disk
 * @param grainSize size of a grain
 * @param descriptorOffset where the embedded descriptor stands; 0 without one
 * @param descriptorSize its size
 * @param gtesPerGt entries of a grain table
 * @param rgdOffset where the redundant grain directory stands
 * @param gdOffset where the grain directory stands, or {@link #GD_AT_END}
 * @param overHead size of what precedes the first grain
 */
record SparseHeader(
    int version,
    int flags,
    long capacity,
    long grainSize,
    long descriptorOffset,
    long descriptorSize,
    int gtesPerGt,
    long rgdOffset,
    long gdOffset,
    long overHead) {
  static final int BYTES = 512;
  static final int MAGIC = 0x564d444b; // "KDMV"
  static final int VALID_NEWLINES = 1;
  static final int REDUNDANT = 2;
  static final int ZEROED_GRAIN = 4;
  static final int COMPRESSED = 1 << 16;
  static final int MARKERS = 1 << 17;
  static final long GD_AT_END = -1;

  private static final int DEFLATE = 1;
  private static final int MOST_GTES = 512;
  private static final long MOST_GRAIN = 1 << 15; // 16 MiB
  private static final long MOST_SECTORS = 1L << 53;
  private static final long GD_MOST_BYTES = 1L << 24;

  static SparseHeader parse(ByteBuffer raw) throws ImageException {
    raw.order(ByteOrder.LITTLE_ENDIAN);
    field("magicNumber", raw.getInt(0), raw.getInt(0) == MAGIC);
    var header =
        new SparseHeader(
            raw.getInt(4),
            raw.getInt(8),
            raw.getLong(12),
            raw.getLong(20),
            raw.getLong(28),
            raw.getLong(36),
            raw.getInt(44),
            raw.getLong(48),
            raw.getLong(56),
            raw.getLong(64));
    header.validate();
    if ((header.flags & VALID_NEWLINES) != 0 && raw.getInt(73) != 0x0a0d200a) {
      throw new ImageException(
          "vmdk: newline characters are %#x: the file was copied as text"
              .formatted(raw.getInt(73)));
    }
    int algorithm = Short.toUnsignedInt(raw.getShort(77));
    if (header.compressed()) {
      field("compressAlgorithm", algorithm, algorithm == DEFLATE);
    }
    return header;
  }

  private void validate() throws ImageException {
    field("version", version, version >= 1 && version <= 3);
    field("capacity", capacity, capacity >= 0 && capacity <= MOST_SECTORS);
    boolean grain = grainSize >= 1 && grainSize <= MOST_GRAIN && Long.bitCount(grainSize) == 1;
    field("grainSize", grainSize, grain);
    field("numGTEsPerGT", gtesPerGt, gtesPerGt >= 1 && gtesPerGt <= MOST_GTES);
    field("descriptorOffset", descriptorOffset, inFile(descriptorOffset));
    boolean descriptor = descriptorSize >= 0 && descriptorSize <= Descriptor.MOST_BYTES / 512;
    field("descriptorSize", descriptorSize, descriptor);
    field("gdOffset", gdOffset, gdOffset == GD_AT_END || inFile(gdOffset));
    if (redundant()) {
      field("rgdOffset", rgdOffset, rgdOffset == GD_AT_END || inFile(rgdOffset));
    }
    field("overHead", overHead, inFile(overHead));
    field("capacity", capacity, directoryEntries() * 4 <= GD_MOST_BYTES);
  }

  private static boolean inFile(long sector) {
    return sector >= 0 && sector <= MOST_SECTORS;
  }

  private static void field(String name, long value, boolean valid) throws ImageException {
    if (!valid) {
      throw new ImageException("vmdk: %s is %#x".formatted(name, value));
    }
  }

  boolean redundant() {
    return (flags & REDUNDANT) != 0;
  }

  boolean compressed() {
    return (flags & COMPRESSED) != 0;
  }

  boolean zeroedGrains() {
    return (flags & ZEROED_GRAIN) != 0;
  }

  int grainBytes() {
    return (int) grainSize * 512;
  }

  /** Entries of the grain directory. */
  long directoryEntries() {
    long covered = grainSize * gtesPerGt;
    return (capacity + covered - 1) / covered;
  }

  ByteBuffer encode() {
    ByteBuffer raw = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.putInt(MAGIC).putInt(version).putInt(flags).putLong(capacity).putLong(grainSize);
    raw.putLong(descriptorOffset).putLong(descriptorSize).putInt(gtesPerGt);
    raw.putLong(rgdOffset).putLong(gdOffset).putLong(overHead);
    raw.put((byte) 0); // uncleanShutdown
    raw.putInt(0x0a0d200a); // \n, blank, \r, \n: broken by a copy as text
    raw.putShort((short) (compressed() ? DEFLATE : 0));
    return raw.clear();
  }

  SparseHeader withGdOffset(long sector) {
    return new SparseHeader(
        version,
        flags,
        capacity,
        grainSize,
        descriptorOffset,
        descriptorSize,
        gtesPerGt,
        rgdOffset,
        sector,
        overHead);
  }
}
