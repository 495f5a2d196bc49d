package org.jvmm.pc.firmware;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** One SMBIOS structure: a formatted area and the strings that it numbers (DSP0134 section 6.1). */
final class SmbiosTable {
  private static final int LONGEST = 64;

  private final ByteBuffer area = ByteBuffer.allocate(LONGEST).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private int stringCount;

  /** Begins a structure; its length is set when it is finished. */
  SmbiosTable(int type, int handle) {
    u8(type).u8(0).u16(handle);
  }

  SmbiosTable u8(int... values) {
    for (int value : values) {
      area.put((byte) value);
    }
    return this;
  }

  SmbiosTable u16(int... values) {
    for (int value : values) {
      area.putShort((short) value);
    }
    return this;
  }

  SmbiosTable u32(long value) {
    area.putInt((int) value);
    return this;
  }

  SmbiosTable u64(long value) {
    area.putLong(value);
    return this;
  }

  /** A string's number. */
  SmbiosTable string(String text) {
    strings.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    strings.write(0);
    return u8(++stringCount);
  }

  /** A UUID, its first three fields little-endian (section 7.2.1). */
  SmbiosTable uuid(UUID uuid) {
    long high = uuid.getMostSignificantBits();
    u32(high >>> 32).u16((int) (high >>> 16), (int) high);
    return u64(Long.reverseBytes(uuid.getLeastSignificantBits()));
  }

  byte[] finish() {
    area.put(1, (byte) area.position());
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(area.array(), 0, area.position());
    whole.writeBytes(strings.toByteArray());
    whole.write(0);
    if (stringCount == 0) {
      whole.write(0);
    }
    return whole.toByteArray();
  }
}
