package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;

/** An extent of type ZERO: no file, all zeroes. */
record ZeroPart(long size) implements Part {
  @Override
  public int clusterSize() {
    return 0;
  }

  @Override
  public String fileName() {
    return null;
  }

  @Override
  public void read(long offset, ByteBuffer into) {
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    throw new ImageException("vmdk: an extent of type ZERO cannot be written");
  }

  @Override
  public void writeZeroes(long offset, long length) {}

  @Override
  public Extent extent(long offset) {
    return new Extent(size - offset, true, true, -1, 0);
  }

  @Override
  public void flush() {}

  @Override
  public void check(List<String> messages) {}

  @Override
  public void close() {}
}
