package org.jvmm.pc.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.pc.boot.PcMemoryLayout;

/** Lays the tables out from {@link PcMemoryLayout#ACPI_TABLES} on, the RSDP first. */
public final class AcpiTables {
  private static final int RSDP_SIZE = 36, RSDP_SIZE_V1 = 20, RSDP_CHECKSUM = 8;
  private static final int RSDP_EXTENDED_CHECKSUM = 32;
  private static final int FACS_SIZE = 64, FACS_ALIGNMENT = 64, ALIGNMENT = 16;
  private static final int FACS_VERSION = 2;

  private final ByteBuffer area =
      ByteBuffer.allocate((int) (PcMemoryLayout.EXTENDED_MEMORY - PcMemoryLayout.ACPI_TABLES))
          .order(ByteOrder.LITTLE_ENDIAN);

  private AcpiTables(AcpiConfig config) {
    area.position(RSDP_SIZE);
    long facs = place(facs(), FACS_ALIGNMENT);
    long dsdt = place(AcpiTable.ofAml("DSDT", dsdt(config)), ALIGNMENT);
    List<Long> listed = new ArrayList<>();
    listed.add(place(Fadt.table(config, facs, dsdt), ALIGNMENT));
    listed.add(place(Madt.table(config), ALIGNMENT));
    for (byte[] ssdt : config.ssdts()) {
      listed.add(place(AcpiTable.ofAml("SSDT", ssdt), ALIGNMENT));
    }
    AcpiTable rsdt = new AcpiTable("RSDT", 1, 4 * listed.size());
    AcpiTable xsdt = new AcpiTable("XSDT", 1, 8 * listed.size());
    for (long address : listed) {
      rsdt.u32(address);
      xsdt.u64(address);
    }
    long rsdtAddress = place(rsdt.finish(), ALIGNMENT);
    area.put(0, rsdp(rsdtAddress, place(xsdt.finish(), ALIGNMENT)));
  }

  /**
   * Writes all tables to guest memory.
   *
   * @return the RSDP's address
   * @throws IllegalArgumentException if they do not fit below 1 MiB
   */
  public static long write(GuestMemory memory, AcpiConfig config) {
    ByteBuffer area = new AcpiTables(config).area;
    memory.copyIn(PcMemoryLayout.ACPI_TABLES, area.array(), 0, area.position());
    return PcMemoryLayout.ACPI_TABLES;
  }

  private long place(byte[] table, int alignment) {
    int at = area.position() + alignment - 1 & -alignment;
    if (at + table.length > area.capacity()) {
      throw new IllegalArgumentException(
          "ACPI tables need more than the %#x bytes below 1 MiB".formatted(area.capacity()));
    }
    area.position(at).put(table);
    return PcMemoryLayout.ACPI_TABLES + at;
  }

  /** The DSDT's AML. */
  static byte[] dsdt(AcpiConfig config) {
    List<byte[]> system = new ArrayList<>();
    for (int id = 0; id < config.vcpus(); id++) {
      system.add(
          Aml.device(
              "C%03X".formatted(id),
              Aml.name("_HID", Aml.string("ACPI0007")),
              Aml.name("_UID", Aml.integer(id))));
    }
    config.devices().forEach(device -> system.add(device.aml()));
    system.addAll(config.systemBus());
    byte[] type = Aml.integer(config.power().sleepTypeS5());
    return Aml.terms(
        Aml.name("\\_S5", Aml.pack(type, type, Aml.integer(0), Aml.integer(0))),
        Aml.scope("\\_SB", system.toArray(byte[][]::new)));
  }

  /** Firmware ACPI Control Structure (section 5.2.10): only its presence is wanted. */
  private static byte[] facs() {
    ByteBuffer facs = ByteBuffer.allocate(FACS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    facs.put("FACS".getBytes(StandardCharsets.US_ASCII)).putInt(FACS_SIZE);
    facs.put(32, (byte) FACS_VERSION);
    return facs.array();
  }

  /** Root System Description Pointer, revision 2 (section 5.2.5.3). */
  private static byte[] rsdp(long rsdt, long xsdt) {
    ByteBuffer rsdp = ByteBuffer.allocate(RSDP_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    rsdp.put("RSD PTR ".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    rsdp.put(AcpiTable.OEM_ID.getBytes(StandardCharsets.US_ASCII)).put((byte) 2);
    rsdp.putInt((int) rsdt).putInt(RSDP_SIZE).putLong(xsdt);
    rsdp.put(RSDP_CHECKSUM, AcpiTable.checksum(rsdp.array(), RSDP_SIZE_V1));
    rsdp.put(RSDP_EXTENDED_CHECKSUM, AcpiTable.checksum(rsdp.array(), RSDP_SIZE));
    return rsdp.array();
  }
}
