package org.jvmm.pc.firmware;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jvmm.pc.acpi.AcpiBlob;

/**
 * The script by which firmware puts tables into memory ({@code etc/table-loader}): allocate a file,
 * add its address to a pointer, make a checksum (QEMU hw/acpi/bios-linker-loader.c). Each command
 * is 128 bytes, little-endian.
 */
final class TableLoader {
  /** Where the firmware allocates: anywhere below 4 GiB, or in the BIOS area below 1 MiB. */
  enum Zone {
    HIGH,
    F_SEGMENT
  }

  private static final int COMMAND = 128, FILE_NAME = 56;
  private static final int ALLOCATE = 1, ADD_POINTER = 2, ADD_CHECKSUM = 3;

  private final ByteArrayOutputStream script = new ByteArrayOutputStream();

  /**
   * Puts a file into memory.
   *
   * @param alignment a power of two
   */
  TableLoader allocate(String file, int alignment, Zone zone) {
    ByteBuffer command = command(ALLOCATE);
    name(command, file).putInt(alignment).put((byte) (zone.ordinal() + 1));
    return add(command);
  }

  /** Makes every pointer of a file into another; both are allocated. */
  TableLoader link(String file, AcpiBlob blob, String target) {
    for (AcpiBlob.Pointer pointer : blob.pointers()) {
      ByteBuffer command = command(ADD_POINTER);
      name(name(command, file), target).putInt(pointer.at()).put((byte) pointer.size());
      add(command);
    }
    return this;
  }

  /** Makes every checksum of a file; its pointers come first. */
  TableLoader sum(String file, AcpiBlob blob) {
    for (AcpiBlob.Checksum checksum : blob.checksums()) {
      ByteBuffer command = command(ADD_CHECKSUM);
      name(command, file).putInt(checksum.at()).putInt(checksum.start()).putInt(checksum.length());
      add(command);
    }
    return this;
  }

  byte[] script() {
    return script.toByteArray();
  }

  private static ByteBuffer command(int code) {
    return ByteBuffer.allocate(COMMAND).order(ByteOrder.LITTLE_ENDIAN).putInt(code);
  }

  private static ByteBuffer name(ByteBuffer command, String file) {
    int end = command.position() + FILE_NAME;
    return command.put(file.getBytes(StandardCharsets.US_ASCII)).position(end);
  }

  private TableLoader add(ByteBuffer command) {
    script.writeBytes(command.array());
    return this;
  }
}
