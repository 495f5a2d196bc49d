package org.jvmm.block.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/** A fixed disk: its bytes from the file's start, then the footer. */
final class FixedVhd implements BlockImage {
  private final ImageFile file;
  private final long size;

  private boolean closed;

  private FixedVhd(ImageFile file, long size) {
    this.file = file;
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
  public boolean readOnly() {
    return file.readOnly();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    file.read(offset, into);
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    file.write(offset, from);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    file.zero(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    file.discard(offset, length);
  }

  @Override
  public void flush() throws IOException {
    file.sync();
  }

  @Override
  public Extent extent(long offset) throws IOException {
    long data = Math.min(size, file.nextData(offset));
    if (data > offset) {
      return new Extent(data - offset, true, true, offset, 0);
    }
    return new Extent(Math.min(size, file.nextHole(offset)) - offset, true, false, offset, 0);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (file) {
      if (!readOnly()) {
        flush();
      }
    }
  }
}
