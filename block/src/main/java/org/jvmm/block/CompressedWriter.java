package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An image that can store a unit of the disk compressed. Packing is apart from writing, so that
 * several threads can pack while one writes.
 */
public interface CompressedWriter {
  /** Compresses units; each thread has its own. */
  interface Packer extends AutoCloseable {
    /**
     * Compresses what remains of a buffer, one whole unit.
     *
     * @param packed receives the result from its position on, has room for a unit
     * @return whether it became smaller; if not, write the unit plainly
     */
    boolean pack(ByteBuffer unit, ByteBuffer packed);

    @Override
    void close();
  }

  /** Bytes that are compressed together. A shorter last unit of a disk is padded with zeroes. */
  int compressedUnit();

  /** Whether the image takes nothing but whole units, each once. */
  default boolean packedOnly() {
    return false;
  }

  /** A new packer for this image's kind of compression. */
  Packer packer();

  /**
   * Stores a unit that was packed, in place of what the disk has there.
   *
   * @param offset a multiple of {@link #compressedUnit}
   */
  void writePacked(long offset, ByteBuffer packed) throws IOException;
}
