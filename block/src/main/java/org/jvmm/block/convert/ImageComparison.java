package org.jvmm.block.convert;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Bytes;
import org.jvmm.block.Extent;
import org.jvmm.block.Zeroes;
import org.jvmm.core.backend.IoBuffer;

/** Compares what two disks hold. */
public final class ImageComparison {
  /** No difference was found. */
  public static final long EQUAL = -1;

  /** Two of them fit into a processor's second cache. */
  private static final int CHUNK = 256 << 10;

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
    Side sideA = new Side(a, size);
    Side sideB = new Side(b, size);
    for (long at = 0; at < size; ) {
      long zeroes = Math.min(sideA.zeroRun(at), sideB.zeroRun(at));
      long step = zeroes > 0 ? zeroes : Math.min(CHUNK, size - at);
      if (zeroes == 0) {
        ByteBuffer bytesA = sideA.load(at, (int) step);
        ByteBuffer bytesB = sideB.load(at, (int) step);
        if (!Bytes.equal(bytesA, bytesB)) {
          return at + bytesA.mismatch(bytesB) / 512 * 512;
        }
      }
      at += step;
      progress.accept(step);
    }
    return EQUAL;
  }

  /** One of the disks, as if it were as large as the larger one. */
  private static final class Side {
    private final BlockImage image;
    private final long size;
    private final ByteBuffer bytes = IoBuffer.allocate(CHUNK);

    /** The end of the last extent that was looked up, and whether it is of zeroes. */
    private long extentEnd;

    private boolean zero;

    Side(BlockImage image, long size) {
      this.image = image;
      this.size = size;
    }

    /** Bytes from here on, behind all those before, that are known to be zeroes. */
    long zeroRun(long at) throws IOException {
      if (at >= extentEnd) {
        boolean beyond = at >= image.size();
        Extent extent = beyond ? null : image.extent(at);
        extentEnd = beyond ? size : at + extent.length();
        zero = beyond || extent.zero();
      }
      return zero ? extentEnd - at : 0;
    }

    ByteBuffer load(long at, int count) throws IOException {
      bytes.clear().limit(count);
      int present = (int) Math.max(0, Math.min(count, image.size() - at));
      if (present > 0) {
        image.read(at, bytes.limit(present));
      }
      Zeroes.fill(bytes.limit(count));
      return bytes.flip();
    }
  }
}
