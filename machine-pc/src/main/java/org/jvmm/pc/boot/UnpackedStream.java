package org.jvmm.pc.boot;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.UnsupportedOptionsException;

/**
 * Unpacks exactly as many bytes as were promised, and turns whatever a library throws at hostile
 * input into an IOException.
 */
final class UnpackedStream extends InputStream {
  /** Reads from an unpacker, or makes one. */
  @FunctionalInterface
  interface Step<T> {
    T run() throws IOException;
  }

  private final String format;
  private final long size;
  private final InputStream unpacker;
  private long done;

  UnpackedStream(String format, long size, Step<InputStream> open) throws IOException {
    this.format = format;
    this.size = size;
    this.unpacker = guard(open);
  }

  private <T> T guard(Step<T> step) throws IOException {
    try {
      return step.run();
    } catch (MemoryLimitException | UnsupportedOptionsException e) {
      throw new UnpackerException(format + ": " + e.getMessage(), e);
    } catch (LinkageError | OutOfMemoryError e) {
      throw new UnpackerException(format + ": " + e, e);
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IOException(
          "payload is damaged after %,d unpacked bytes: %s: %s".formatted(done, format, reason), e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = guard(() -> unpacker.read(target, offset, length));
    if (count < 0 && done < size) {
      throw new EOFException(
          "payload is damaged: %s ends after %,d of %,d bytes".formatted(format, done, size));
    }
    done += Math.max(0, count);
    if (done > size) {
      throw new IOException("payload is damaged: %s exceeds %,d bytes".formatted(format, size));
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    unpacker.close();
  }
}
