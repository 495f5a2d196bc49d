package org.jvmm.block.vhd;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jvmm.block.ImageException;

/**
 * The footer of a VHD file, 512 bytes, big-endian; a dynamic disk has a copy at its start.
 *
 * @param dataOffset byte of the dynamic header; {@link #NO_DATA} in a fixed disk
 * @param creator four letters of the program that made the file
 * @param currentSize bytes of the disk
 * @param geometry the same as cylinders, heads and sectors
 * @param type {@link #FIXED} or {@link #DYNAMIC}
 */
record VhdFooter(long dataOffset, String creator, long currentSize, Geometry geometry, int type) {
  static final int BYTES = 512;
  static final long COOKIE = 0x636f6e6563746978L; // "conectix"
  static final long NO_DATA = -1;
  static final int FIXED = 2;
  static final int DYNAMIC = 3;

  /** The disk is what the geometry says, rounded up from what was asked for. */
  static final String CREATOR_GEOMETRY = "jvmm";

  /** The mark by which readers that trust the geometry take the size instead (QEMU's own). */
  static final String CREATOR_SIZE = "qem2";

  private static final int VERSION = 0x10000;

  /** Where 32-bit sector numbers end: 2 TiB. */
  private static final long MOST_SIZE = 1L << 41;

  private static final int AT_CHECKSUM = 64;
  private static final int DIFFERENCING = 4;

  /** Seconds from 1970 to the format's epoch, 2000-01-01 UTC. */
  private static final long EPOCH = 946_684_800;

  static VhdFooter parse(ByteBuffer raw) throws ImageException {
    if (raw.getLong(0) != COOKIE) {
      throw new ImageException("vpc: footer cookie is %#x".formatted(raw.getLong(0)));
    }
    int sum = checksum(raw, 0, BYTES, AT_CHECKSUM);
    if (raw.getInt(AT_CHECKSUM) != sum) {
      throw new ImageException(
          "vpc: footer checksum is %#x, should be %#x".formatted(raw.getInt(AT_CHECKSUM), sum));
    }
    if (raw.getInt(12) >>> 16 != VERSION >>> 16) {
      throw new ImageException("vpc: file format version is %#x".formatted(raw.getInt(12)));
    }
    int type = raw.getInt(60);
    if (type == DIFFERENCING) {
      throw new ImageException("vpc: disk type 4: differencing disks are not supported");
    }
    if (type != FIXED && type != DYNAMIC) {
      throw new ImageException("vpc: disk type is %#x".formatted(type));
    }
    long size = raw.getLong(48);
    if (size < 0 || size > MOST_SIZE || size % 512 != 0) {
      throw new ImageException("vpc: current size is %#x".formatted(size));
    }
    byte[] creator = new byte[4];
    raw.get(28, creator);
    var geometry =
        new Geometry(Short.toUnsignedInt(raw.getShort(56)), raw.get(58) & 0xff, raw.get(59) & 0xff);
    return new VhdFooter(
        raw.getLong(16), new String(creator, StandardCharsets.ISO_8859_1), size, geometry, type);
  }

  /**
   * Bytes of the disk that a guest sees. Virtual PC shows what the geometry says, others the size;
   * the creator tells which (as QEMU's block/vpc.c has found out), and a geometry at its limit says
   * nothing.
   */
  long visibleSize() {
    boolean bySize =
        switch (creator) {
          case "win ", "qem2", "d2v ", "tap\0", "CTXS" -> true;
          default -> geometry.total() == 0 || geometry.total() >= Geometry.MOST_SECTORS;
        };
    return bySize ? currentSize : geometry.total() * 512;
  }

  ByteBuffer encode() {
    ByteBuffer raw = ByteBuffer.allocate(BYTES);
    raw.putLong(0, COOKIE);
    raw.putInt(8, 2); // features: reserved, always set
    raw.putInt(12, VERSION);
    raw.putLong(16, dataOffset);
    raw.putInt(24, (int) (System.currentTimeMillis() / 1000 - EPOCH));
    raw.put(28, creator.getBytes(StandardCharsets.ISO_8859_1));
    raw.putInt(32, VERSION);
    raw.put(36, "Wi2k".getBytes(StandardCharsets.US_ASCII)); // only Windows and Mac are defined
    raw.putLong(40, currentSize);
    raw.putLong(48, currentSize);
    raw.putShort(56, (short) geometry.cylinders());
    raw.put(58, (byte) geometry.heads());
    raw.put(59, (byte) geometry.sectors());
    raw.putInt(60, type);
    UUID id = UUID.randomUUID();
    raw.putLong(68, id.getMostSignificantBits());
    raw.putLong(76, id.getLeastSignificantBits());
    raw.putInt(AT_CHECKSUM, checksum(raw, 0, BYTES, AT_CHECKSUM));
    return raw;
  }

  /** One's complement of the sum of all bytes but the checksum's own. */
  static int checksum(ByteBuffer raw, int from, int to, int atChecksum) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      if (i < atChecksum || i >= atChecksum + 4) {
        sum += raw.get(i) & 0xff;
      }
    }
    return ~sum;
  }
}
