package org.jvmm.pc.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tables whose place in memory is not known yet: pointers hold offsets into the blob of all tables,
 * until whoever places that one, the board or the firmware, adds its address and makes the
 * checksums.
 */
public final class AcpiBlob {
  private byte[] bytes = {};
  private final List<Pointer> pointers = new ArrayList<>();
  private final List<Checksum> checksums = new ArrayList<>();

  /**
   * A pointer.
   *
   * @param at where it is in this blob
   * @param size its bytes, 4 or 8
   */
  public record Pointer(int at, int size) {}

  /**
   * A checksum: one byte that makes a range sum up to 0.
   *
   * @param start of the range in this blob
   * @param length of the range
   * @param at where the byte is in this blob
   */
  public record Checksum(int start, int length, int at) {}

  AcpiBlob() {}

  /**
   * Appends a piece.
   *
   * @param alignment a power of two
   * @return its offset
   */
  int place(byte[] piece, int alignment) {
    int at = bytes.length + alignment - 1 & -alignment;
    bytes = Arrays.copyOf(bytes, at + piece.length);
    System.arraycopy(piece, 0, bytes, at, piece.length);
    return at;
  }

  /** Appends a table with the common header, whose checksum is to be made. */
  int placeTable(byte[] table, int alignment) {
    int at = place(table, alignment);
    checksum(at, table.length, at + AcpiTable.CHECKSUM);
    return at;
  }

  /** A field that points into the tables. */
  void pointer(int at, int size) {
    pointers.add(new Pointer(at, size));
  }

  void checksum(int start, int length, int at) {
    checksums.add(new Checksum(start, length, at));
  }

  /** The content, its pointers being offsets. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Every field that points into the tables. */
  public List<Pointer> pointers() {
    return List.copyOf(pointers);
  }

  /** Every checksum. */
  public List<Checksum> checksums() {
    return List.copyOf(checksums);
  }

  /** The content when the tables lie at an address below 4 GiB. */
  byte[] relocated(long tables) {
    ByteBuffer copy = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    for (Pointer pointer : pointers) {
      int low = copy.getInt(pointer.at) + (int) tables; // the upper half of 8 bytes stays 0
      copy.putInt(pointer.at, low);
    }
    for (Checksum checksum : checksums) {
      copy.put(checksum.at, (byte) 0);
      byte[] range = Arrays.copyOfRange(copy.array(), checksum.start, copy.capacity());
      copy.put(checksum.at, AcpiTable.checksum(range, checksum.length));
    }
    return copy.array();
  }
}
