package org.jvmm.block.vmdk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A marker of a stream-optimized extent: before a grain the grain's sector and its compressed size,
 * else the sectors of what follows and its type. One sector, of which a grain's own bytes use the
 * rest.
 */
record Marker(long value, int size, int type) {
  static final int BYTES = 512;
  static final int GRAIN_BYTES = 12;
  static final int END_OF_STREAM = 0;
  static final int GRAIN_TABLE = 1;
  static final int GRAIN_DIRECTORY = 2;
  static final int FOOTER = 3;

  static Marker parse(ByteBuffer raw) {
    raw.order(ByteOrder.LITTLE_ENDIAN);
    return new Marker(raw.getLong(0), raw.getInt(8), raw.getInt(12));
  }

  /** A marker of metadata. */
  static ByteBuffer of(long sectors, int type) {
    ByteBuffer raw = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return raw.putLong(0, sectors).putInt(12, type);
  }
}
