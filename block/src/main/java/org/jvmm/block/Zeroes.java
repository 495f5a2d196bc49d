package org.jvmm.block;

import java.nio.ByteBuffer;

/** Zero bytes in buffers. */
public final class Zeroes {
  private Zeroes() {}

  /** Fills what remains of a buffer. */
  public static void fill(ByteBuffer into) {
    while (into.remaining() >= Long.BYTES) {
      into.putLong(0);
    }
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
  }

  /** Fills the next bytes of a buffer. */
  public static void fill(ByteBuffer into, int count) {
    int limit = into.limit();
    fill(into.limit(into.position() + count));
    into.limit(limit);
  }

  /** Whether all that remains of a buffer is zero; the buffer stays as it is. */
  public static boolean only(ByteBuffer buffer) {
    int at = buffer.position();
    int end = buffer.limit();
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      if (buffer.getLong(at) != 0) {
        return false;
      }
    }
    for (; at < end; at++) {
      if (buffer.get(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
