package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A file whose bytes are the disk's. */
public final class RawFormat implements ImageFormat {
  static final String NAME = "raw";

  @Override
  public String name() {
    return NAME;
  }

  /** Never: raw is what remains when no magic is there. */
  @Override
  public boolean probe(ByteBuffer head, Path path) {
    return false;
  }

  @Override
  public BlockImage open(ImageFile file, OpenOptions options) throws IOException {
    return new RawImage(file, options, false);
  }

  @Override
  public void create(ImageFile file, long size, CreateOptions options) throws IOException {
    String preallocation = options.choice("preallocation", "off", "off", "falloc", "full");
    options.done(NAME);
    if (size < 0) {
      throw new ImageException("raw: a size is needed");
    }
    RawImage.grow(file, 0, size, preallocation);
  }
}
