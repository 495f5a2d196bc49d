package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The host's file under an image: positional, without a cursor, so that no call depends on another.
 * One thread at a time uses it. Every exception's message names the file; {@link NoSpaceException}
 * when the host's storage is full.
 */
public interface ImageFile extends AutoCloseable {
  /** Where it is, as the user named it. */
  Path path();

  /** Whether it was opened for reading only. */
  boolean readOnly();

  /** Its length in bytes; for a block device the device's. */
  long size() throws IOException;

  /** Fills the buffer from a byte of the file; what lies past the end reads as zeroes. */
  void read(long position, ByteBuffer into) throws IOException;

  /** Writes the buffer's remaining bytes; the file grows where they lie past its end. */
  void write(long position, ByteBuffer from) throws IOException;

  /** The same between the file and guest memory; empty where bytes have to pass a buffer. */
  default Optional<ScatterIo> scatter() {
    return Optional.empty();
  }

  /** Makes the range read as zeroes, as a hole where the host can; the file grows to cover it. */
  void zero(long position, long length) throws IOException;

  /** Gives the range's storage back if the host can; it reads as zeroes or as before. */
  void discard(long position, long length) throws IOException;

  /** Reserves storage for the range, which reads as before or as zeroes; the file may grow. */
  void allocate(long position, long length) throws IOException;

  /** Cuts or extends the file; an extension reads as zeroes. */
  void resize(long size) throws IOException;

  /** Waits until everything written is on stable storage, and the file's length with it. */
  void sync() throws IOException;

  /** First position at or after the given one that holds data; {@link #size} if none does. */
  long nextData(long position) throws IOException;

  /** First position at or after the given one that is a hole; {@link #size} if none is. */
  long nextHole(long position) throws IOException;

  /**
   * Bytes of storage that the host has given to the file; its size where the host does not tell.
   */
  long storage() throws IOException;

  /** Ends, and frees the lock. Does not wait for stable storage. */
  @Override
  void close() throws IOException;

  /** How files are opened: by {@link HostFile} but for tests. */
  interface Opener {
    /** Opens an existing file, locked as the options say. */
    ImageFile open(Path path, OpenOptions options) throws IOException;
  }
}
