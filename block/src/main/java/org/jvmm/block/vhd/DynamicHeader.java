package org.jvmm.block.vhd;

import java.nio.ByteBuffer;
import org.jvmm.block.ImageException;

/**
 * The header of a dynamic disk, 1024 bytes, big-endian.
 *
 * @param tableOffset byte of the block allocation table
 * @param entries entries of it
 * @param blockSize bytes of a block without its bitmap
 */
record DynamicHeader(long tableOffset, int entries, int blockSize) {
  static final int BYTES = 1024;
  private static final long COOKIE = 0x6378737061727365L; // "cxsparse"
  private static final int VERSION = 0x10000;
  private static final int AT_CHECKSUM = 36;
  private static final int MOST_BLOCK = 256 << 20;

  static DynamicHeader parse(ByteBuffer raw) throws ImageException {
    field("dynamic header cookie", raw.getLong(0), raw.getLong(0) == COOKIE);
    int sum = VhdFooter.checksum(raw, 0, BYTES, AT_CHECKSUM);
    field("dynamic header checksum", raw.getInt(AT_CHECKSUM), raw.getInt(AT_CHECKSUM) == sum);
    field("header version", raw.getInt(24), raw.getInt(24) >>> 16 == VERSION >>> 16);
    long table = raw.getLong(16);
    int entries = raw.getInt(28);
    int block = raw.getInt(32);
    field("table offset", table, table >= VhdFooter.BYTES && table % 512 == 0);
    field("max table entries", entries, entries >= 0);
    boolean power = block >= 4096 && block <= MOST_BLOCK && Integer.bitCount(block) == 1;
    field("block size", block, power);
    return new DynamicHeader(table, entries, block);
  }

  ByteBuffer encode() {
    ByteBuffer raw = ByteBuffer.allocate(BYTES);
    raw.putLong(0, COOKIE);
    raw.putLong(8, -1); // data offset: unused
    raw.putLong(16, tableOffset);
    raw.putInt(24, VERSION);
    raw.putInt(28, entries);
    raw.putInt(32, blockSize);
    raw.putInt(AT_CHECKSUM, VhdFooter.checksum(raw, 0, BYTES, AT_CHECKSUM));
    return raw;
  }

  private static void field(String name, long value, boolean valid) throws ImageException {
    if (!valid) {
      throw new ImageException("vpc: %s is %#x".formatted(name, value));
    }
  }
}
