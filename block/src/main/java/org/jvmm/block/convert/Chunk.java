package org.jvmm.block.convert;

import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jvmm.block.Bytes;
import org.jvmm.block.CompressedWriter.Packer;
import org.jvmm.block.Zeroes;
import org.jvmm.core.backend.IoBuffer;

/** A piece of the disk on its way, in grains, of which each is stored in its own manner. */
final class Chunk {
  /** How a grain goes into the target. */
  enum Kind {
    /** The target's backing file has the same bytes. */
    SAME,
    ZERO,
    PACKED,
    DATA
  }

  // Configuration
  private final int capacity;
  private final int grain;

  // Volatile state
  private final BitSet zero = new BitSet();
  private final BitSet same = new BitSet();
  private final BitSet smaller = new BitSet();
  private ByteBuffer data;
  private ByteBuffer present;
  private ByteBuffer[] packed;
  long turn;
  long zeroesBefore;
  long offset;
  int length;

  Chunk(int capacity, int grain) {
    this.capacity = capacity;
    this.grain = grain;
  }

  /**
   * Is another piece of the disk from now on.
   *
   * @param number of the piece, from 0
   * @param zeroes that many known zero bytes stand before it, and nothing is to be done with them
   *     but to write them
   */
  void begin(long number, long zeroes, long at, int count) {
    turn = number;
    zeroesBefore = zeroes;
    offset = at;
    length = count;
    zero.clear();
    same.clear();
    smaller.clear();
    if (data == null) {
      data = IoBuffer.allocate(capacity);
    }
  }

  int grains() {
    return (length + grain - 1) / grain;
  }

  Kind kind(int index) {
    if (same.get(index)) {
      return Kind.SAME;
    }
    return zero.get(index) ? Kind.ZERO : smaller.get(index) ? Kind.PACKED : Kind.DATA;
  }

  ByteBuffer slice(int from, int to) {
    return data.duplicate().limit(to).position(from);
  }

  private ByteBuffer grain(ByteBuffer bytes, int index) {
    return bytes.duplicate().limit(Math.min(length, (index + 1) * grain)).position(index * grain);
  }

  void findZeroes() {
    for (int i = 0; i < grains(); i++) {
      zero.set(i, Zeroes.only(data, i * grain, Math.min(length, (i + 1) * grain)));
    }
  }

  /** Where what the target reads as now is put, to be compared. */
  ByteBuffer present() {
    if (present == null) {
      present = IoBuffer.allocate(capacity);
    }
    return present.clear().limit(length);
  }

  void findSame() {
    present.clear();
    for (int i = 0; i < grains(); i++) {
      same.set(i, Bytes.equal(grain(data, i), grain(present, i)));
    }
  }

  /** Compresses what is not zero; a last grain that is not whole is padded with zeroes. */
  void pack(Packer packer) {
    Zeroes.fill(data.duplicate().limit(grains() * grain).position(length));
    if (packed == null) {
      packed = new ByteBuffer[capacity / grain];
    }
    for (int i = 0; i < grains(); i++) {
      if (packed[i] == null) {
        packed[i] = ByteBuffer.allocate(grain);
      }
      ByteBuffer whole = slice(i * grain, (i + 1) * grain);
      smaller.set(i, !zero.get(i) && packer.pack(whole, packed[i].clear()));
      packed[i].flip();
    }
  }

  ByteBuffer packed(int index) {
    return packed[index];
  }
}
