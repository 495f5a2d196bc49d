package org.jvmm.pc.boot;

import java.io.EOFException;
import java.io.IOException;
import org.jvmm.core.mem.GuestMemory;

/** Bytes of an image: a file, or the output of an unpacker that only goes forward. */
interface ImageReader {
  /** Whether {@link #seek} goes backward too. */
  boolean randomAccess();

  /**
   * Moves to an offset.
   *
   * @throws IOException if it lies behind and there is no way back, or past the end
   */
  void seek(long offset) throws IOException;

  /** Reads up to {@code length} bytes, at least one; -1 at the end. */
  int read(byte[] target, int offset, int length) throws IOException;

  /**
   * Copies the next bytes into guest memory, in pieces that stay in the processor's cache.
   *
   * @throws EOFException if the image ends before
   */
  default void copyTo(GuestMemory memory, long gpa, long length) throws IOException {
    byte[] piece = new byte[(int) Math.min(length, 256 << 10)];
    for (long done = 0; done < length; ) {
      int count = read(piece, 0, (int) Math.min(piece.length, length - done));
      if (count < 0) {
        throw new EOFException("ends %,d bytes early".formatted(length - done));
      }
      memory.copyIn(gpa + done, piece, 0, count);
      done += count;
    }
  }
}
