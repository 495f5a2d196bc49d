package org.jvmm.block.vhdx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/**
 * What the headers, the region table and the metadata of a file say; little-endian throughout.
 *
 * @param tableOffset byte of the block allocation table
 * @param blockSize bytes of a block
 * @param size bytes of the disk
 * @param chunkRatio blocks between two sector bitmap entries of the table
 */
record VhdxLayout(long tableOffset, int blockSize, long size, long chunkRatio) {
  private static final int KIB = 1024;
  private static final int MIB = 1 << 20;
  private static final long[] HEADERS = {64 * KIB, 128 * KIB};
  private static final int HEADER_BYTES = 4096;
  private static final int HEAD = 0x64616568;
  private static final long REGION_TABLE = 192 * KIB;
  private static final int TABLE_BYTES = 64 * KIB;
  private static final int REGI = 0x69676572;
  private static final long METADATA = 0x617461646174656dL;
  private static final int ENTRY = 32;
  private static final int MOST_ENTRIES = 2047;
  private static final long MOST_SIZE = 64L << 40;
  private static final int HAS_PARENT = 2;

  private static final UUID BAT_REGION = UUID.fromString("2dc27766-f623-4200-9d64-115e9bfd4a08");
  private static final UUID METADATA_REGION =
      UUID.fromString("8b7ca206-4790-4b9a-b8fe-575f050f886e");
  private static final UUID FILE_PARAMETERS =
      UUID.fromString("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
  private static final UUID DISK_SIZE = UUID.fromString("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
  private static final UUID SECTOR_SIZE = UUID.fromString("8141bf1d-a96f-4709-ba47-f233a8faab5f");

  static VhdxLayout read(ImageFile file) throws IOException {
    currentHeader(file);
    ByteBuffer regions = load(file, REGION_TABLE, TABLE_BYTES);
    field("region table signature", regions.getInt(0), regions.getInt(0) == REGI);
    field("region table checksum", regions.getInt(4), checksumFits(regions));
    int table = find(regions, "region", regions.getInt(8), 16, BAT_REGION);
    int meta = find(regions, "region", regions.getInt(8), 16, METADATA_REGION);
    long metaOffset = regions.getLong(meta + 16);
    field("metadata region offset", metaOffset, metaOffset >= MIB && metaOffset < file.size());
    ByteBuffer metadata = load(file, metaOffset, TABLE_BYTES);
    field("metadata signature", metadata.getLong(0), metadata.getLong(0) == METADATA);
    ByteBuffer parameters = item(file, metadata, metaOffset, FILE_PARAMETERS);
    int blockSize = parameters.getInt(0);
    boolean power = blockSize >= MIB && blockSize <= 256 * MIB && Integer.bitCount(blockSize) == 1;
    field("block size", blockSize, power);
    if ((parameters.getInt(4) & HAS_PARENT) != 0) {
      throw new ImageException("vhdx: HasParent is set: differencing disks are not supported");
    }
    int sector = item(file, metadata, metaOffset, SECTOR_SIZE).getInt(0);
    field("logical sector size", sector, sector == 512 || sector == 4096);
    long size = item(file, metadata, metaOffset, DISK_SIZE).getLong(0);
    field("virtual disk size", size, size >= 0 && size <= MOST_SIZE && size % sector == 0);
    long ratio = (1L << 23) * sector / blockSize;
    var layout = new VhdxLayout(regions.getLong(table + 16), blockSize, size, ratio);
    layout.validateTable(Integer.toUnsignedLong(regions.getInt(table + 24)), file.size());
    return layout;
  }

  /** The header with the higher sequence number of those that are whole. */
  private static void currentHeader(ImageFile file) throws IOException {
    ByteBuffer current = null;
    for (long at : HEADERS) {
      ByteBuffer header = load(file, at, HEADER_BYTES);
      boolean whole = header.getInt(0) == HEAD && checksumFits(header);
      if (whole && (current == null || header.getLong(8) > current.getLong(8))) {
        current = header;
      }
    }
    if (current == null) {
      throw new ImageException("vhdx: checksum: neither of the two headers is whole");
    }
    field("version", current.getShort(66), current.getShort(66) == 1);
    if (current.getLong(48) != 0 || current.getLong(56) != 0) {
      throw new ImageException(
          "vhdx: LogGuid is set: the log has to be replayed by whoever wrote this image");
    }
  }

  private static ByteBuffer load(ImageFile file, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    file.read(at, bytes);
    return bytes.clear();
  }

  private static boolean checksumFits(ByteBuffer bytes) {
    int stored = bytes.getInt(4);
    bytes.putInt(4, 0);
    CRC32C sum = new CRC32C();
    sum.update(bytes.duplicate().clear());
    bytes.putInt(4, stored);
    return (int) sum.getValue() == stored;
  }

  private static int find(ByteBuffer table, String kind, int count, int first, UUID wanted)
      throws ImageException {
    field(kind + " table entry count", count, count >= 0 && count <= MOST_ENTRIES);
    for (int i = 0, at = first; i < count && at + ENTRY <= table.capacity(); i++, at += ENTRY) {
      if (uuid(table, at).equals(wanted)) {
        return at;
      }
    }
    throw new ImageException("vhdx: %s %s is missing".formatted(kind, wanted));
  }

  /** The first three parts of a GUID are little-endian numbers. */
  private static UUID uuid(ByteBuffer bytes, int at) {
    long high =
        Integer.toUnsignedLong(bytes.getInt(at)) << 32
            | Short.toUnsignedLong(bytes.getShort(at + 4)) << 16
            | Short.toUnsignedLong(bytes.getShort(at + 6));
    return new UUID(high, Long.reverseBytes(bytes.getLong(at + 8)));
  }

  private static ByteBuffer item(ImageFile file, ByteBuffer metadata, long start, UUID id)
      throws IOException {
    int entry = find(metadata, "metadata item", metadata.getShort(10), ENTRY, id);
    long offset = Integer.toUnsignedLong(metadata.getInt(entry + 16));
    field("metadata item offset", offset, offset >= TABLE_BYTES && offset <= MIB);
    return load(file, start + offset, 8);
  }

  private static void field(String name, long value, boolean valid) throws ImageException {
    if (!valid) {
      throw new ImageException("vhdx: %s is %#x".formatted(name, value));
    }
  }

  private void validateTable(long length, long fileSize) throws ImageException {
    long blocks = (size + blockSize - 1) / blockSize;
    long entries = blocks + (blocks - 1) / chunkRatio;
    field("BAT length", length, entries * 8 <= length);
    boolean inFile = tableOffset >= MIB && tableOffset <= fileSize - entries * 8;
    field("BAT offset", tableOffset, inFile && tableOffset % MIB == 0);
  }
}
