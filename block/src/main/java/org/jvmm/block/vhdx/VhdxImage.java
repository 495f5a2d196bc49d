package org.jvmm.block.vhdx;

import java.io.IOException;
import java.nio.ByteOrder;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.table.BlockMap;
import org.jvmm.block.table.MappedImage;

/** An open VHDX image: 64-bit entries, a state in the lowest bits, the place in whole MiB. */
final class VhdxImage extends MappedImage {
  private static final int STATE = 7;
  private static final int FULLY_PRESENT = 6;
  private static final int PARTIALLY_PRESENT = 7;
  private static final long PLACE = -1L << 20;

  private final VhdxLayout layout;

  VhdxImage(ImageFile file, VhdxLayout layout) {
    super(file, layout.size(), layout.blockSize(), ByteOrder.LITTLE_ENDIAN);
    this.layout = layout;
  }

  @Override
  protected long locate(long block) throws IOException {
    long at = layout.tableOffset() + 8 * (block + block / layout.chunkRatio());
    long entry = Integer.toUnsignedLong(entry(at)) | (long) entry(at + 4) << 32;
    int state = (int) entry & STATE;
    if (state == PARTIALLY_PRESENT) {
      throw new ImageException(
          "vhdx: BAT entry of block %#x is partially present".formatted(block));
    }
    if (state != FULLY_PRESENT) {
      return BlockMap.ZERO;
    }
    long place = entry & PLACE;
    if (place <= 0 || place >= file.size()) {
      throw new ImageException(
          "vhdx: BAT entry of block %#x is %#x, outside of the file".formatted(block, entry));
    }
    return place;
  }

  @Override
  protected long allocate(long block) throws IOException {
    throw new ImageException("vhdx: such images are only read");
  }

  @Override
  protected void link(long block, long at) throws IOException {
    throw new ImageException("vhdx: such images are only read");
  }

  @Override
  public String format() {
    return "vhdx";
  }

  @Override
  public boolean readOnly() {
    return true;
  }
}
