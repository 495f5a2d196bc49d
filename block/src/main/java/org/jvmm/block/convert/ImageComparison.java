package org.jvmm.block.convert;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Extent;
import org.jvmm.block.Zeroes;
import org.jvmm.core.backend.IoBuffer;

/** Compares what two disks hold. */
public final class ImageComparison {
  /** No difference was found. */
  public static final long EQUAL = -1;

  private static final int CHUNK = 1 << 20;

  private ImageComparison() {}

  /**
   * The first 512-byte sector that differs; past the shorter disk's end the other one has to be
   * zero.
   *
   * @param progress hears how many more bytes are done
   * @return its byte, or {@link #EQUAL}
   */
  public static long firstDifference(BlockImage a, BlockImage b, LongConsumer progress)
      throws IOException {
    long size = Math.max(a.size(), b.size());
    ByteBuffer bytesA = IoBuffer.allocate(CHUNK);
    ByteBuffer bytesB = IoBuffer.allocate(CHUNK);
    for (long at = 0; at < size; ) {
      long zeroes = Math.min(zeroRun(a, at, size), zeroRun(b, at, size));
      long step = zeroes > 0 ? zeroes : Math.min(CHUNK, size - at);
      if (zeroes == 0) {
        load(a, at, bytesA.clear().limit((int) step));
        load(b, at, bytesB.clear().limit((int) step));
        int mismatch = bytesA.mismatch(bytesB);
        if (mismatch >= 0) {
          return at + mismatch / 512 * 512;
        }
      }
      at += step;
      progress.accept(step);
    }
    return EQUAL;
  }

  private static long zeroRun(BlockImage image, long at, long size) throws IOException {
    if (at >= image.size()) {
      return size - at;
    }
    Extent extent = image.extent(at);
    return extent.zero() ? extent.length() : 0;
  }

  private static void load(BlockImage image, long at, ByteBuffer into) throws IOException {
    int limit = into.limit();
    int present = (int) Math.max(0, Math.min(limit, image.size() - at));
    if (present > 0) {
      image.read(at, into.limit(present));
    }
    Zeroes.fill(into.limit(limit));
    into.flip();
  }
}
