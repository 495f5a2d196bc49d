package org.jvmm.pc.boot;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The output of an unpacker: its head can be looked at before it is read, there is no way back. */
final class ForwardReader implements ImageReader {
  private final InputStream in;
  private final byte[] head;
  private final int headSize;
  private long position;

  /** Reads the head; the caller closes the stream. */
  ForwardReader(InputStream in) throws IOException {
    this.in = in;
    this.head = new byte[BootFile.HEAD];
    this.headSize = in.readNBytes(head, 0, head.length);
  }

  /** The first 64 KiB, or everything if it is less; little-endian. */
  ByteBuffer head() {
    return ByteBuffer.wrap(head, 0, headSize).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public boolean randomAccess() {
    return false;
  }

  @Override
  public void seek(long offset) throws IOException {
    if (offset < position) {
      throw new IOException("offset %#x lies before %#x".formatted(offset, position));
    }
    byte[] skipped = new byte[BootFile.HEAD];
    while (position < offset) {
      if (read(skipped, 0, (int) Math.min(skipped.length, offset - position)) < 0) {
        throw new EOFException("ends at %#x, before offset %#x".formatted(position, offset));
      }
    }
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count;
    if (position < headSize) {
      count = (int) Math.min(length, headSize - position);
      System.arraycopy(head, (int) position, target, offset, count);
    } else {
      count = in.read(target, offset, length);
    }
    position += Math.max(0, count);
    return count;
  }

  /** Reads the rest, so that the unpacker checks it, and returns the size of the whole. */
  long drain() throws IOException {
    byte[] rest = new byte[BootFile.HEAD];
    while (read(rest, 0, rest.length) >= 0) {}
    return position;
  }
}
