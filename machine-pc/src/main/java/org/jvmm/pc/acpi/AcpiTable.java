package org.jvmm.pc.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A system description table: the common header (ACPI 6.5 section 5.2.6) and a body. */
final class AcpiTable {
  static final int HEADER = 36;

  /** Where the header has its checksum. */
  static final int CHECKSUM = 9;

  /** OEMID, six characters. */
  static final String OEM_ID = "JVMM  ";

  private static final String OEM_TABLE_ID = "JVMMPC  ";
  private static final String CREATOR_ID = "JVMM";

  private final ByteBuffer bytes;

  /** Starts a table with a zeroed body. */
  AcpiTable(String signature, int revision, int bodySize) {
    bytes = ByteBuffer.allocate(HEADER + bodySize).order(ByteOrder.LITTLE_ENDIAN);
    ascii(signature).u32(HEADER + bodySize).u8(revision).u8(0);
    ascii(OEM_ID).ascii(OEM_TABLE_ID).u32(1).ascii(CREATOR_ID).u32(1);
  }

  /** A table of AML. */
  static byte[] ofAml(String signature, byte[] aml) {
    return new AcpiTable(signature, 2, aml.length).bytes(aml).finish();
  }

  AcpiTable u8(int value) {
    bytes.put((byte) value);
    return this;
  }

  AcpiTable u16(int value) {
    bytes.putShort((short) value);
    return this;
  }

  AcpiTable u32(long value) {
    bytes.putInt((int) value);
    return this;
  }

  AcpiTable u64(long value) {
    bytes.putLong(value);
    return this;
  }

  AcpiTable ascii(String text) {
    return bytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  AcpiTable bytes(byte[] source) {
    bytes.put(source);
    return this;
  }

  /** Moves to an offset from the table's start, as the specification's field tables count. */
  AcpiTable at(int offset) {
    bytes.position(offset);
    return this;
  }

  /** The table with its checksum. */
  byte[] finish() {
    byte[] table = bytes.array();
    table[CHECKSUM] = 0;
    table[CHECKSUM] = checksum(table, table.length);
    return table;
  }

  /** What makes the first bytes sum up to 0, if that field is 0 so far. */
  static byte checksum(byte[] table, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += table[i];
    }
    return (byte) -sum;
  }
}
