package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A disk as its file format presents it. One thread at a time uses an image. A failed host
 * operation is an {@link IOException}; a file that breaks its format is an {@link ImageException}
 * that names the field, at opening or when the broken structure is met.
 */
public interface BlockImage extends AutoCloseable {
  /** The format's name as qemu-img knows it, for example {@code qcow2}. */
  String format();

  /** Size of the disk in bytes. */
  long size();

  /** Whether writing is refused. */
  boolean readOnly();

  /**
   * Fills a buffer from the disk.
   *
   * @param offset byte on the disk; {@code offset + into.remaining()} is at most {@link #size}
   */
  void read(long offset, ByteBuffer into) throws IOException;

  /** Writes the buffer's remaining bytes to the disk. Durable after {@link #flush}. */
  void write(long offset, ByteBuffer from) throws IOException;

  /** The same between the disk and guest memory; empty where bytes have to pass a buffer. */
  default Optional<ScatterIo> scatter() {
    return Optional.empty();
  }

  /** Makes a range read as zeroes, without storing them where the format can do so. */
  void writeZeroes(long offset, long length) throws IOException;

  /** Gives a range's storage back; it may keep its content when the format cannot. */
  void discard(long offset, long length) throws IOException;

  /** Makes everything written so far, and the metadata that leads to it, durable. */
  void flush() throws IOException;

  /** How the disk is stored from a byte on. */
  Extent extent(long offset) throws IOException;

  /** Flushes and ends; the lock on the file goes with it. A second time it does nothing. */
  @Override
  void close() throws IOException;
}
