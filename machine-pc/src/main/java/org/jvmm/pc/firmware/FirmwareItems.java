package org.jvmm.pc.firmware;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jvmm.devices.fwcfg.FwCfgItems;
import org.jvmm.devices.fwcfg.FwCfgKey;
import org.jvmm.pc.acpi.AcpiTables;
import org.jvmm.pc.boot.BootException;
import org.jvmm.pc.boot.PcMemoryLayout;

/** Fills fw_cfg with what a PC's firmware asks for. */
public final class FirmwareItems {
  private static final String ACPI_TABLES = "etc/acpi/tables", ACPI_RSDP = "etc/acpi/rsdp";
  private static final int E820_ENTRY = 20, E820_RAM = 1;
  private static final int RSDP_ALIGNMENT = 16;

  /** An option ROM's own size field ends here. */
  private static final int MOST_ROM = 256 << 9;

  private final FwCfgItems items = new FwCfgItems();

  private FirmwareItems() {}

  /**
   * The items of a machine.
   *
   * @param acpi its tables, or null without ACPI
   * @throws BootException if an option ROM cannot be read or an item cannot be made
   */
  public static FwCfgItems of(
      FirmwareConfig config, PcMemoryLayout layout, int vcpus, AcpiTables acpi) {
    FirmwareItems filled = new FirmwareItems();
    filled.machine(config, layout, vcpus);
    filled.boot(config.boot());
    filled.smbios(new Smbios(config.uuid(), vcpus, layout));
    if (acpi != null) {
      filled.acpi(acpi);
    }
    for (Path rom : config.optionRoms()) {
      filled.optionRom(rom);
    }
    for (Map.Entry<String, byte[]> item : config.items().entrySet()) {
      filled.items.file(item.getKey(), item.getValue());
    }
    return filled.items;
  }

  private void machine(FirmwareConfig config, PcMemoryLayout layout, int vcpus) {
    ByteBuffer uuid = ByteBuffer.allocate(16);
    uuid.putLong(config.uuid().getMostSignificantBits());
    uuid.putLong(config.uuid().getLeastSignificantBits());
    items.bytes(FwCfgKey.UUID, uuid.array());
    items.u64(FwCfgKey.RAM_SIZE, layout.ramSize());
    items.u16(FwCfgKey.NOGRAPHIC, config.graphics() ? 0 : 1);
    items.u16(FwCfgKey.NB_CPUS, vcpus);
    items.u16(FwCfgKey.MAX_CPUS, vcpus);
    items.bytes(FwCfgKey.NUMA, new byte[8 * (1 + vcpus)]);
    items.u32(FwCfgKey.IRQ0_OVERRIDE, 1);
    items.file("etc/e820", e820(layout));
  }

  /** RAM alone: the firmware knows what else there is. */
  private static byte[] e820(PcMemoryLayout layout) {
    boolean high = layout.highRamSize() > 0;
    ByteBuffer map = ByteBuffer.allocate(high ? 2 * E820_ENTRY : E820_ENTRY);
    map.order(ByteOrder.LITTLE_ENDIAN);
    map.putLong(0).putLong(layout.lowRamEnd()).putInt(E820_RAM);
    if (high) {
      map.putLong(PcMemoryLayout.HIGH_RAM).putLong(layout.highRamSize()).putInt(E820_RAM);
    }
    return map.array();
  }

  private void boot(BootPlan boot) {
    items.u16(FwCfgKey.BOOT_MENU, boot.menu() ? 1 : 0);
    items.file("bootorder", bootOrder(boot.first()));
    items.file("etc/boot-fail-wait", littleEndian(boot.retryWait(), 4));
    if (boot.menuWait() != BootPlan.FIRMWARES_OWN) {
      items.file("etc/boot-menu-wait", littleEndian(boot.menuWait(), 2));
    }
  }

  /** Paths, a line each; the order of everything else is in CMOS RAM. */
  private static byte[] bootOrder(List<String> paths) {
    String lines = paths.isEmpty() ? "" : String.join("\n", paths) + '\0';
    return lines.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] littleEndian(int value, int size) {
    ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
    return Arrays.copyOf(number.array(), size);
  }

  private void smbios(Smbios smbios) {
    items.file("etc/smbios/smbios-anchor", smbios.anchor());
    items.file("etc/smbios/smbios-tables", smbios.tables());
  }

  private void acpi(AcpiTables acpi) {
    items.file(ACPI_TABLES, acpi.tables().bytes());
    items.file(ACPI_RSDP, acpi.rsdp().bytes());
    TableLoader loader =
        new TableLoader()
            .allocate(ACPI_RSDP, RSDP_ALIGNMENT, TableLoader.Zone.F_SEGMENT)
            .allocate(ACPI_TABLES, AcpiTables.TABLES_ALIGNMENT, TableLoader.Zone.HIGH)
            .link(ACPI_TABLES, acpi.tables(), ACPI_TABLES)
            .sum(ACPI_TABLES, acpi.tables())
            .link(ACPI_RSDP, acpi.rsdp(), ACPI_TABLES)
            .sum(ACPI_RSDP, acpi.rsdp());
    items.file("etc/table-loader", loader.script());
  }

  private void optionRom(Path file) {
    byte[] rom = BiosRom.bytes("-option-rom", file, MOST_ROM);
    try {
      items.file("genroms/" + file.getFileName(), rom);
    } catch (IllegalArgumentException e) {
      throw new BootException("-option-rom %s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
