package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A disk whose bytes are a file's from its start on. */
public abstract class FlatImage extends FileImage {

  /** Over a file, which is closed with the image. */
  protected FlatImage(ImageFile file) {
    super(file);
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
  public Optional<ScatterIo> scatter() {
    return file.scatter();
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
    if (!readOnly()) {
      file.sync();
    }
  }
}
