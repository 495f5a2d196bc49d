package org.jvmm.net;

import org.jvmm.core.backend.NetBackend;

/** A bounded queue of frames in one array: each its length in four bytes, then its bytes. */
final class FrameRing {
  /** Holds 170 frames of 1514 bytes. */
  private static final int CAPACITY = 1 << 18;

  private static final int LENGTH = 4;

  private final byte[] ring = new byte[CAPACITY];
  private int head;
  private int used;

  /** Whether there is room for a frame of so many bytes. */
  boolean hasRoom(int length) {
    return LENGTH + length <= CAPACITY - used;
  }

  /** Adds a frame; there is room for it. */
  void add(byte[] frame, int offset, int length) {
    for (int i = 0; i < LENGTH; i++) {
      ring[head + used + i & CAPACITY - 1] = (byte) (length >> 8 * i);
    }
    int at = head + used + LENGTH & CAPACITY - 1;
    int first = Math.min(length, CAPACITY - at);
    System.arraycopy(frame, offset, ring, at, first);
    System.arraycopy(frame, offset + first, ring, 0, length - first);
    used += LENGTH + length;
  }

  boolean isEmpty() {
    return used == 0;
  }

  /**
   * Copies the oldest frame, which stays.
   *
   * @param frame {@link NetBackend#MAX_FRAME} bytes
   * @return its length, 0 if there is none
   */
  int peek(byte[] frame) {
    if (used == 0) {
      return 0;
    }
    int length = oldest();
    int at = head + LENGTH & CAPACITY - 1;
    int first = Math.min(length, CAPACITY - at);
    System.arraycopy(ring, at, frame, 0, first);
    System.arraycopy(ring, 0, frame, first, length - first);
    return length;
  }

  /** Removes the oldest frame. */
  void remove() {
    int length = LENGTH + oldest();
    head = head + length & CAPACITY - 1;
    used -= length;
  }

  void clear() {
    used = 0;
  }

  private int oldest() {
    int length = 0;
    for (int i = 0; i < LENGTH; i++) {
      length |= (ring[head + i & CAPACITY - 1] & 0xFF) << 8 * i;
    }
    return length;
  }
}
