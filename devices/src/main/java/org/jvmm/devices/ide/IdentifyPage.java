package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the 256 words of IDENTIFY DEVICE and IDENTIFY PACKET DEVICE. */
final class IdentifyPage {
  static final int SIZE = 512;

  /** Features in words 82 and 85. */
  static final int SMART = 1, WRITE_CACHE = 1 << 5;

  /** Words of the strings, and their lengths in characters. */
  private static final int SERIAL = 10, SERIAL_LENGTH = 20, FIRMWARE = 23, FIRMWARE_LENGTH = 8;

  private static final int MODEL = 27, MODEL_LENGTH = 40;

  private final ByteBuffer page;

  /** Begins a page of zeroes at the buffer's start. */
  IdentifyPage(ByteBuffer page) {
    this.page = page;
    clear(page, SIZE);
  }

  /** Zeroes the buffer's first bytes. */
  static void clear(ByteBuffer buffer, int length) {
    for (int i = 0; i < length; i++) {
      buffer.put(i, (byte) 0);
    }
  }

  IdentifyPage word(int index, int value) {
    page.putShort(2 * index, (short) value);
    return this;
  }

  /** A number in consecutive words, the lowest first. */
  IdentifyPage words(int first, int count, long value) {
    for (int i = 0; i < count; i++) {
      word(first + i, (int) (value >>> 16 * i));
    }
    return this;
  }

  /** The drive's names. */
  IdentifyPage names(DriveIdentity names) {
    string(SERIAL, SERIAL_LENGTH, names.serial());
    string(FIRMWARE, FIRMWARE_LENGTH, names.firmware());
    string(MODEL, MODEL_LENGTH, names.model());
    return this;
  }

  /** ATA strings have the first character of each pair in the word's high byte. */
  private void string(int first, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < length; i++) {
      page.put(2 * first + (i ^ 1), i < bytes.length ? bytes[i] : (byte) ' ');
    }
  }
}
