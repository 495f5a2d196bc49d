package org.jvmm.block;

import java.io.IOException;

/** What images that stand in one file have in common: its mode, and their end. */
public abstract class FileImage implements BlockImage {
  /** Closed with the image. */
  protected final ImageFile file;

  private boolean closed;

  /** Over a file, which is closed with the image. */
  protected FileImage(ImageFile file) {
    this.file = file;
  }

  @Override
  public boolean readOnly() {
    return file.readOnly();
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
