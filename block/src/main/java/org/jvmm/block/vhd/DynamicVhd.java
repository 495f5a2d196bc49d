package org.jvmm.block.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.table.BlockMap;
import org.jvmm.block.table.MappedImage;

/**
 * A dynamic disk: the block allocation table holds for each block the sector of its bitmap, behind
 * which its data stands; the footer ends the file. A block's bitmap has a bit for each sector that
 * holds data. As in QEMU a placed block's bitmap is all ones from its first write on, and reading
 * does not consult it: a sector without its bit is zero by the specification.
 */
final class DynamicVhd extends MappedImage {
  private static final int UNUSED = -1;

  // Configuration
  private final DynamicHeader header;
  private final ByteBuffer footer;
  private final int bitmapBytes;

  // Volatile state
  private final BitSet bitmapFull = new BitSet();
  private long footerAt;

  private DynamicVhd(ImageFile file, DynamicHeader header, long size, ByteBuffer footer)
      throws IOException {
    super(file, size, header.blockSize(), ByteOrder.BIG_ENDIAN);
    this.header = header;
    this.footer = footer;
    this.bitmapBytes = (header.blockSize() / 512 / 8 + 511) & -512;
    this.footerAt = endOfBlocks();
  }

  static DynamicVhd open(ImageFile file, VhdFooter footer, ByteBuffer raw) throws IOException {
    long headerAt = footer.dataOffset();
    if (headerAt < VhdFooter.BYTES || headerAt > file.size() - DynamicHeader.BYTES) {
      throw new ImageException("vpc: data offset is %#x".formatted(headerAt));
    }
    ByteBuffer bytes = ByteBuffer.allocate(DynamicHeader.BYTES);
    file.read(headerAt, bytes);
    DynamicHeader header = DynamicHeader.parse(bytes.clear());
    long size = footer.visibleSize();
    if (size > (long) header.entries() * header.blockSize()) {
      throw new ImageException(
          "vpc: max table entries %#x do not cover the size %#x".formatted(header.entries(), size));
    }
    if (header.tableOffset() > file.size() - 4L * header.entries()) {
      throw new ImageException(
          "vpc: table offset %#x: the table ends past the file's end %#x"
              .formatted(header.tableOffset(), file.size()));
    }
    return new DynamicVhd(file, header, size, raw);
  }

  /** Where the footer belongs: behind the last block of the table, which is validated so. */
  private long endOfBlocks() throws IOException {
    long end = (header.tableOffset() + 4L * header.entries() + 511) & -512;
    if (!file.readOnly()) {
      for (long block = 0; block < header.entries(); block++) {
        long at = locate(block);
        if (at >= 0) {
          end = Math.max(end, at + header.blockSize());
        }
      }
    }
    return end;
  }

  private long entryAt(long block) {
    return header.tableOffset() + 4 * block;
  }

  @Override
  protected long locate(long block) throws IOException {
    int entry = entry(entryAt(block));
    if (entry == UNUSED) {
      return BlockMap.ZERO;
    }
    long at = Integer.toUnsignedLong(entry) * 512;
    if (at < VhdFooter.BYTES || at + bitmapBytes + header.blockSize() > file.size()) {
      throw new ImageException(
          "vpc: entry %#x of the block allocation table is %#x, past the file's end %#x"
              .formatted(block, entry, file.size()));
    }
    return at + bitmapBytes;
  }

  /** The footer goes first to its new place, so that the file has one at every moment. */
  @Override
  protected long allocate(long block) throws IOException {
    long bitmapAt = footerAt;
    long end = bitmapAt + bitmapBytes + header.blockSize();
    if (bitmapAt / 512 > 0xffff_fffeL) {
      throw new ImageException("vpc: sector %#x: the file is full".formatted(bitmapAt / 512));
    }
    file.write(end, footer.duplicate());
    fillBitmap(bitmapAt);
    bitmapFull.set((int) block);
    footerAt = end;
    return bitmapAt + bitmapBytes;
  }

  private void fillBitmap(long at) throws IOException {
    byte[] ones = new byte[bitmapBytes];
    Arrays.fill(ones, (byte) -1);
    file.write(at, ByteBuffer.wrap(ones));
  }

  @Override
  protected void link(long block, long at) throws IOException {
    setEntry(entryAt(block), (int) ((at - bitmapBytes) / 512));
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    long last = (offset + from.remaining() - 1) / header.blockSize();
    for (long block = offset / header.blockSize(); block <= last; block++) {
      long at = locate(block);
      if (at >= 0 && !bitmapFull.get((int) block)) {
        fillBitmap(at - bitmapBytes);
        bitmapFull.set((int) block);
      }
    }
    super.write(offset, from);
  }

  @Override
  public String format() {
    return "vpc";
  }
}
