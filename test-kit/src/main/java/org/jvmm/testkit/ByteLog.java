package org.jvmm.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A sink of bytes that remembers them and can be full. Its {@link #accept} fits every one-method
 * sink of the devices as a method reference. Not thread-safe.
 */
public final class ByteLog {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int room = Integer.MAX_VALUE;

  /**
   * Takes one byte.
   *
   * @return false, and nothing is taken, if the sink is full
   */
  public boolean accept(int value) {
    if (room == 0) {
      return false;
    }
    room--;
    bytes.write(value);
    return true;
  }

  /** Makes room for exactly so many further bytes. */
  public void limitTo(int count) {
    room = count;
  }

  /** What was taken, in order. */
  public byte[] bytes() {
    return bytes.toByteArray();
  }

  /** What was taken, as ISO 8859-1 text. */
  public String text() {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }
}
