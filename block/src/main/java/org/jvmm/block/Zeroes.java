package org.jvmm.block;

import java.nio.ByteBuffer;
import org.jvmm.core.backend.IoBuffer;

/** Zero bytes in buffers. */
public final class Zeroes {
  private static final int PIECE = 64 << 10;
  private static final ByteBuffer ZEROES = IoBuffer.allocate(PIECE).asReadOnlyBuffer();

  private Zeroes() {}

  /** Fills what remains of a buffer. */
  public static void fill(ByteBuffer into) {
    while (into.hasRemaining()) {
      into.put(upTo(into.remaining()));
    }
  }

  /** Fills the next bytes of a buffer. */
  public static void fill(ByteBuffer into, int count) {
    int limit = into.limit();
    fill(into.limit(into.position() + count));
    into.limit(limit);
  }

  /** Zeroes that cannot be written: so many bytes, or as many as there are in one piece. */
  public static ByteBuffer upTo(int bytes) {
    return ZEROES.slice(0, Math.min(PIECE, bytes));
  }

  /** Whether all that remains of a buffer is zero; the buffer stays as it is. */
  public static boolean only(ByteBuffer buffer) {
    return only(buffer, buffer.position(), buffer.limit());
  }

  /** Whether the bytes of a buffer from one index to another are zero. */
  public static boolean only(ByteBuffer buffer, int from, int to) {
    if (to - from >= Long.BYTES && buffer.getLong(from) != 0) {
      return false; // as most that is not zero
    }
    for (int at = from; at < to; at += PIECE) {
      int count = Math.min(PIECE, to - at);
      // By the JDK's compiled comparison: a loop of ours would run interpreted for a while.
      if (buffer.slice(at, count).mismatch(upTo(count)) >= 0) {
        return false;
      }
    }
    return true;
  }
}
