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
    int rest = to - from - Long.BYTES;
    if (rest < 0) {
      return buffer.slice(from, to - from).equals(upTo(to - from));
    }
    // The first ones are, and each is as the one eight bytes before it.
    return buffer.getLong(from) == 0
        && Bytes.equal(buffer.slice(from, rest), buffer.slice(from + Long.BYTES, rest));
  }
}
