package org.jvmm.block.vdi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jvmm.block.ImageException;

/**
 * The header of a VDI file, 512 bytes, little-endian.
 *
 * @param type {@link #DYNAMIC} or {@link #STATIC}
 * @param offsetBlocks byte of the block map
 * @param offsetData byte of block 0's place
 * @param diskSize bytes of the disk
 * @param blockSize bytes of a block
 * @param blocks entries of the block map
 * @param allocated blocks that have a place
 */
record VdiHeader(
    int type,
    long offsetBlocks,
    long offsetData,
    long diskSize,
    int blockSize,
    int blocks,
    int allocated) {
  static final int BYTES = 512;
  static final int SIGNATURE = 0xbeda107f;
  static final int AT_SIGNATURE = 0x40;
  static final int DYNAMIC = 1;
  static final int STATIC = 2;

  /** Where the number of placed blocks stands. */
  static final int AT_ALLOCATED = 0x184;

  private static final int VERSION_1_1 = 0x10001;
  private static final int SECTOR = 512;
  private static final int MOST_BLOCK = 64 << 20;

  /** Reads and validates a header. */
  static VdiHeader parse(ByteBuffer raw) throws ImageException {
    raw.order(ByteOrder.LITTLE_ENDIAN);
    field("u32Signature", raw.getInt(AT_SIGNATURE), raw.getInt(AT_SIGNATURE) == SIGNATURE);
    field("u32Version", raw.getInt(0x44), raw.getInt(0x44) == VERSION_1_1);
    int type = raw.getInt(0x4c);
    if (type == 3 || type == 4) {
      throw new ImageException(
          "vdi: u32Type %#x: undo and differencing images are not supported".formatted(type));
    }
    field("u32Type", type, type == DYNAMIC || type == STATIC);
    long map = Integer.toUnsignedLong(raw.getInt(0x154));
    long data = Integer.toUnsignedLong(raw.getInt(0x158));
    long disk = raw.getLong(0x170);
    int block = raw.getInt(0x178);
    int blocks = raw.getInt(0x180);
    field("offBlocks", map, map >= BYTES && map % SECTOR == 0);
    field("offData", data, data >= BYTES && data % SECTOR == 0);
    field("cbSector", raw.getInt(0x168), raw.getInt(0x168) == SECTOR);
    boolean power = block >= SECTOR && block <= MOST_BLOCK && Integer.bitCount(block) == 1;
    field("cbBlock", block, power);
    field("cbBlockExtra", raw.getInt(0x17c), raw.getInt(0x17c) == 0);
    field("cBlocks", blocks, blocks >= 0);
    field("cbDisk", disk, disk >= 0 && disk <= (long) blocks * block);
    noParent(raw, 0x1a8, "uuidLinkage");
    noParent(raw, 0x1b8, "uuidParentModify");
    int allocated = raw.getInt(AT_ALLOCATED);
    field("cBlocksAllocated", allocated, allocated >= 0 && allocated <= blocks);
    long visible = (disk + SECTOR - 1) / SECTOR * SECTOR;
    return new VdiHeader(type, map, data, visible, block, blocks, allocated);
  }

  /** The header as bytes, with a fresh identity. */
  ByteBuffer encode() {
    ByteBuffer raw = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.put("<<< jvmm Virtual Disk Image >>>\n".getBytes(StandardCharsets.US_ASCII));
    raw.putInt(AT_SIGNATURE, SIGNATURE);
    raw.putInt(0x44, VERSION_1_1);
    raw.putInt(0x48, 0x180); // the header from here on
    raw.putInt(0x4c, type);
    raw.putInt(0x154, (int) offsetBlocks);
    raw.putInt(0x158, (int) offsetData);
    raw.putInt(0x168, SECTOR);
    raw.putLong(0x170, diskSize);
    raw.putInt(0x178, blockSize);
    raw.putInt(0x180, blocks);
    raw.putInt(AT_ALLOCATED, allocated);
    putUuid(raw, 0x188);
    putUuid(raw, 0x198);
    return raw.clear();
  }

  private static void putUuid(ByteBuffer raw, int at) {
    UUID uuid = UUID.randomUUID();
    raw.putLong(at, uuid.getMostSignificantBits());
    raw.putLong(at + 8, uuid.getLeastSignificantBits());
  }

  private static void noParent(ByteBuffer raw, int at, String name) throws ImageException {
    if (raw.getLong(at) != 0 || raw.getLong(at + 8) != 0) {
      throw new ImageException("vdi: %s is set: differencing is not supported".formatted(name));
    }
  }

  private static void field(String name, long value, boolean valid) throws ImageException {
    if (!valid) {
      throw new ImageException("vdi: %s is %#x".formatted(name, value));
    }
  }
}
