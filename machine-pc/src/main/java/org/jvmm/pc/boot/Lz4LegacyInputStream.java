package org.jvmm.pc.boot;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Unpacks LZ4's legacy frame, which Linux kernels come in (lz4_Frame_format.md, "Legacy frame", and
 * lz4_Block_format.md): a magic number, then blocks of up to 8 MiB of output, each with the size of
 * its input before it.
 */
final class Lz4LegacyInputStream extends InputStream {
  private static final int MAGIC = 0x184C2102;
  private static final int BLOCK_MAX = 8 << 20;

  /** The largest input for {@link #BLOCK_MAX} of output, where nothing could be compressed. */
  private static final int PACKED_MAX = BLOCK_MAX + BLOCK_MAX / 255 + 16;

  private static final int MATCH_MIN = 4;

  private final InputStream in;
  private byte[] packed = new byte[0];
  private final byte[] block = new byte[BLOCK_MAX];
  private int blockSize;
  private int position;

  /** Reads the magic number. */
  Lz4LegacyInputStream(InputStream in) throws IOException {
    this.in = in;
    if (word() != MAGIC) {
      throw new IOException("lz4: bad magic");
    }
  }

  /** A 32-bit word, or -1 at the end of the input. */
  private long word() throws IOException {
    byte[] word = new byte[4];
    int count = in.readNBytes(word, 0, 4);
    if (count != 0 && count != 4) {
      throw new EOFException("lz4: ends inside a block's size");
    }
    return count == 0
        ? -1
        : word[0] & 0xff | (word[1] & 0xff) << 8 | (word[2] & 0xff) << 16 | (word[3] & 0xffL) << 24;
  }

  @Override
  public int read() throws IOException {
    return position < blockSize || nextBlock() ? block[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == blockSize && !nextBlock()) {
      return -1;
    }
    int count = Math.min(length, blockSize - position);
    System.arraycopy(block, position, target, offset, count);
    position += count;
    return count;
  }

  private boolean nextBlock() throws IOException {
    long size = word();
    while (size == MAGIC) {
      size = word(); // Linux's unlz4 takes concatenated frames too
    }
    if (size < 0) {
      return false;
    }
    if (size == 0 || size > PACKED_MAX) {
      throw new IOException("lz4: block of %#x bytes".formatted(size));
    }
    if (packed.length < size) {
      packed = new byte[(int) size];
    }
    if (in.readNBytes(packed, 0, (int) size) < size) {
      throw new EOFException("lz4: ends inside a block");
    }
    try {
      blockSize = unpack(packed, (int) size, block);
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("lz4: a sequence leaves its block", e);
    }
    position = 0;
    if (blockSize == 0) {
      throw new IOException("lz4: empty block");
    }
    return true;
  }

  /**
   * Unpacks a block. The arrays' bounds are the check on lengths and distances.
   *
   * @throws IndexOutOfBoundsException if the block is damaged
   */
  private static int unpack(byte[] packed, int size, byte[] out) {
    int from = 0;
    int to = 0;
    while (from < size) {
      int token = packed[from++] & 0xff;
      int literals = token >> 4;
      if (literals == 15) {
        int more;
        do {
          more = packed[from++] & 0xff;
          literals += more;
        } while (more == 255);
      }
      System.arraycopy(packed, from, out, to, literals);
      from += literals;
      to += literals;
      if (from >= size) {
        break; // the last sequence has no match
      }
      int distance = packed[from] & 0xff | (packed[from + 1] & 0xff) << 8;
      from += 2;
      int length = token & 15;
      if (length == 15) {
        int more;
        do {
          more = packed[from++] & 0xff;
          length += more;
        } while (more == 255);
      }
      copyMatch(out, to, distance, length + MATCH_MIN);
      to += length + MATCH_MIN;
    }
    if (from > size) {
      throw new IndexOutOfBoundsException();
    }
    return to;
  }

  private static void copyMatch(byte[] out, int to, int distance, int length) {
    if (distance == 0) {
      throw new IndexOutOfBoundsException();
    }
    if (distance >= length) {
      System.arraycopy(out, to - distance, out, to, length);
      return;
    }
    for (int i = 0; i < length; i++) {
      out[to + i] = out[to - distance + i]; // overlapping: a repeated pattern
    }
  }
}
