package org.jvmm.cli.img;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** An image opened several times, since one thread at a time uses an open one. */
record Sources(List<BlockImage> images) implements AutoCloseable {
  private static final int MOST_READERS = 4;

  /**
   * Opens it for as many threads as read it, and one that looks where it has data. A disk without a
   * file is opened once.
   */
  static Sources open(String name, String format, OpenOptions options, int threads)
      throws IOException {
    Sources sources = new Sources(new ArrayList<>());
    int count = Images.hasScheme(name) ? 1 : Math.min(threads, MOST_READERS) + 1;
    try {
      while (sources.images.size() < count) {
        sources.images.add(Images.open(name, format, options));
      }
      return sources;
    } catch (IOException e) {
      sources.close();
      throw e;
    }
  }

  long size() {
    return images.get(0).size();
  }

  @Override
  public void close() throws IOException {
    for (BlockImage each : images) {
      each.close();
    }
  }
}
