package org.jvmm.devices.net;

/**
 * The last eight bytes of a frame that has been looped back, and its length, as they stand in the
 * FIFO (datasheet section 12.1): the frame's bytes go round in it, the length's low byte and twice
 * its high byte follow.
 */
final class LoopbackFifo {
  static final int SIZE = 8;

  private long bytes;
  private int writes;
  private int reads;

  /** Begins a frame. */
  void start() {
    writes = 0;
    reads = 0;
  }

  void put(int value) {
    int shift = 8 * (writes++ % SIZE);
    bytes = bytes & ~(0xFFL << shift) | (value & 0xFFL) << shift;
  }

  /** Ends a frame of so many bytes. */
  void end(int length) {
    put(length);
    put(length >> 8);
    put(length >> 8);
  }

  /** The next byte, round and round. */
  int read() {
    int shift = 8 * reads;
    reads = (reads + 1) % SIZE;
    return (int) (bytes >> shift) & 0xFF;
  }

  long bytes() {
    return bytes;
  }

  int reads() {
    return reads;
  }

  void restore(long newBytes, int newReads) {
    bytes = newBytes;
    reads = newReads;
    writes = 0;
  }
}
