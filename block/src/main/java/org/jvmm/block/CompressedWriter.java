package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** An image that can store a cluster compressed. */
public interface CompressedWriter {
  /** Bytes that are compressed together. */
  int compressedUnit();

  /**
   * Writes one unit (shorter at the disk's end) where nothing was written before; stored plainly
   * when compression gains nothing.
   *
   * @param offset a multiple of {@link #compressedUnit}
   */
  void writeCompressed(long offset, ByteBuffer unit) throws IOException;
}
