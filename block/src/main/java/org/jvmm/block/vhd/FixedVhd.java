package org.jvmm.block.vhd;

import java.io.IOException;
import org.jvmm.block.Extent;
import org.jvmm.block.FlatImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/** A fixed disk: its bytes from the file's start, then the footer. */
final class FixedVhd extends FlatImage {
  private final long size;

  private FixedVhd(ImageFile file, long size) {
    super(file);
    this.size = size;
  }

  static FixedVhd open(ImageFile file, VhdFooter footer) throws IOException {
    long size = footer.visibleSize();
    if (size > file.size() - VhdFooter.BYTES) {
      throw new ImageException(
          "vpc: current size %#x is more than the file's %#x".formatted(size, file.size()));
    }
    return new FixedVhd(file, size);
  }

  @Override
  public String format() {
    return "vpc";
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Extent extent(long offset) throws IOException {
    long data = Math.min(size, file.nextData(offset));
    if (data > offset) {
      return new Extent(data - offset, true, true, offset, 0);
    }
    return new Extent(Math.min(size, file.nextHole(offset)) - offset, true, false, offset, 0);
  }
}
