package org.jvmm.pc.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.pc.boot.PcMemoryLayout;

/**
 * All tables of a machine, ready to be placed: by {@link #write} where there is no firmware, by the
 * firmware where there is one.
 */
public final class AcpiTables {
  private static final int RSDP_SIZE = 36, RSDP_SIZE_V1 = 20, RSDP_CHECKSUM = 8;
  private static final int RSDP_RSDT = 16, RSDP_XSDT = 24, RSDP_EXTENDED_CHECKSUM = 32;
  private static final int FACS_SIZE = 64, ALIGNMENT = 16;
  private static final int FACS_VERSION = 2;

  /** What the address of {@link #tables} must be a multiple of: the FACS's alignment. */
  public static final int TABLES_ALIGNMENT = 64;

  private final AcpiBlob tables = new AcpiBlob();
  private final AcpiBlob rsdp = new AcpiBlob();

  /** Makes the tables. */
  public AcpiTables(AcpiConfig config) {
    int facs = tables.place(facs(), TABLES_ALIGNMENT);
    int dsdt = tables.placeTable(AcpiTable.ofAml("DSDT", dsdt(config)), ALIGNMENT);
    List<Integer> listed = new ArrayList<>();
    int fadt = tables.placeTable(Fadt.table(config, facs, dsdt), ALIGNMENT);
    tables.pointer(fadt + Fadt.FIRMWARE_CTRL, 4);
    tables.pointer(fadt + Fadt.DSDT, 4);
    tables.pointer(fadt + Fadt.X_DSDT, 8);
    listed.add(fadt);
    listed.add(tables.placeTable(Madt.table(config), ALIGNMENT));
    for (byte[] ssdt : config.ssdts()) {
      listed.add(tables.placeTable(AcpiTable.ofAml("SSDT", ssdt), ALIGNMENT));
    }
    int rsdt = list("RSDT", 4, listed);
    int xsdt = list("XSDT", 8, listed);
    rsdp.place(rsdp(rsdt, xsdt), 1);
    rsdp.pointer(RSDP_RSDT, 4);
    rsdp.pointer(RSDP_XSDT, 8);
    rsdp.checksum(0, RSDP_SIZE_V1, RSDP_CHECKSUM);
    rsdp.checksum(0, RSDP_SIZE, RSDP_EXTENDED_CHECKSUM);
  }

  private int list(String signature, int width, List<Integer> listed) {
    AcpiTable list = new AcpiTable(signature, 1, width * listed.size());
    for (int offset : listed) {
      list.bytes(Aml.littleEndian(offset, width));
    }
    int at = tables.placeTable(list.finish(), ALIGNMENT);
    for (int i = 0; i < listed.size(); i++) {
      tables.pointer(at + AcpiTable.HEADER + width * i, width);
    }
    return at;
  }

  /** Every table but the RSDP; to be placed at a multiple of {@link #TABLES_ALIGNMENT}. */
  public AcpiBlob tables() {
    return tables;
  }

  /** The RSDP, which points into {@link #tables}. */
  public AcpiBlob rsdp() {
    return rsdp;
  }

  /**
   * Writes all tables to guest memory from {@link PcMemoryLayout#ACPI_TABLES} on, the RSDP first.
   *
   * @return the RSDP's address
   * @throws IllegalArgumentException if they do not fit below 1 MiB
   */
  public long write(GuestMemory memory) {
    long base = PcMemoryLayout.ACPI_TABLES + TABLES_ALIGNMENT;
    byte[] placed = tables.relocated(base);
    if (placed.length > PcMemoryLayout.EXTENDED_MEMORY - base) {
      throw new IllegalArgumentException(
          "ACPI tables of %#x bytes do not fit below 1 MiB".formatted(placed.length));
    }
    memory.copyIn(base, placed);
    memory.copyIn(PcMemoryLayout.ACPI_TABLES, rsdp.relocated(base));
    return PcMemoryLayout.ACPI_TABLES;
  }

  /** The DSDT's AML. */
  static byte[] dsdt(AcpiConfig config) {
    List<byte[]> system = new ArrayList<>();
    for (int id = 0; id < config.vcpus(); id++) {
      system.add(
          Aml.device(
              processor(id),
              Aml.name("_HID", Aml.string("ACPI0007")),
              Aml.name("_UID", Aml.integer(id))));
    }
    for (AcpiDevice device : config.devices()) {
      system.add(device.aml());
    }
    system.addAll(config.systemBus());
    byte[] type = Aml.integer(config.power().sleepTypeS5());
    return Aml.terms(
        Aml.name("\\_S5", Aml.pack(type, type, Aml.integer(0), Aml.integer(0))),
        Aml.scope("\\_SB", system.toArray(new byte[0][])));
  }

  private static String processor(int id) {
    String digits = "00" + Integer.toHexString(id).toUpperCase(Locale.ROOT);
    return "C" + digits.substring(digits.length() - 3);
  }

  /** Firmware ACPI Control Structure (section 5.2.10): only its presence is wanted. */
  private static byte[] facs() {
    ByteBuffer facs = ByteBuffer.allocate(FACS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    facs.put("FACS".getBytes(StandardCharsets.US_ASCII)).putInt(FACS_SIZE);
    facs.put(32, (byte) FACS_VERSION);
    return facs.array();
  }

  /** Root System Description Pointer, revision 2 (section 5.2.5.3). */
  private static byte[] rsdp(int rsdt, int xsdt) {
    ByteBuffer rsdp = ByteBuffer.allocate(RSDP_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    rsdp.put("RSD PTR ".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    rsdp.put(AcpiTable.OEM_ID.getBytes(StandardCharsets.US_ASCII)).put((byte) 2);
    rsdp.putInt(rsdt).putInt(RSDP_SIZE).putLong(xsdt);
    return rsdp.array();
  }
}
