package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/** An extent that stands plainly in a file. */
final class FlatPart implements Part {
  private final ImageFile file;
  private final long start;
  private final long size;

  FlatPart(ImageFile file, long start, long size) throws IOException {
    if (start > file.size() || size > file.size() - start) {
      throw new ImageException(
          "vmdk: the extent at %#x of %#x bytes ends past the end %#x of %s"
              .formatted(start, size, file.size(), file.path()));
    }
    this.file = file;
    this.start = start;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int clusterSize() {
    return 0;
  }

  @Override
  public String fileName() {
    return file.path().toString();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    file.read(start + offset, into);
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    file.write(start + offset, from);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    file.zero(start + offset, length);
  }

  @Override
  public Extent extent(long offset) throws IOException {
    long at = start + offset;
    long end = start + size;
    long data = Math.min(end, file.nextData(at));
    if (data > at) {
      return new Extent(data - at, true, true, at, 0);
    }
    return new Extent(Math.min(end, file.nextHole(at)) - at, true, false, at, 0);
  }

  @Override
  public void flush() throws IOException {
    if (!file.readOnly()) {
      file.sync();
    }
  }

  @Override
  public void check(List<String> messages) {}

  @Override
  public void close() throws IOException {
    file.close();
  }
}
