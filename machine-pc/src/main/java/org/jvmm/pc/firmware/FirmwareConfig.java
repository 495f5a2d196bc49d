package org.jvmm.pc.firmware;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Firmware as it is ordered, and what it is told. fw_cfg is there without firmware too, for kernels
 * that look at it.
 *
 * @param rom the image that the machine starts with, or null to enter a kernel directly
 * @param boot what the firmware tries to boot, and how
 * @param graphics whether there is a display; without one, SeaBIOS talks to COM1
 * @param acpi whether ACPI tables are handed over
 * @param uuid the machine's, in SMBIOS
 * @param optionRoms further ROMs for the firmware to run
 * @param items the user's own items, by name
 */
public record FirmwareConfig(
    Path rom,
    BootPlan boot,
    boolean graphics,
    boolean acpi,
    UUID uuid,
    List<Path> optionRoms,
    Map<String, byte[]> items) {
  /** No firmware, no display. */
  public static final FirmwareConfig NONE =
      new FirmwareConfig(null, BootPlan.USUAL, false, true, new UUID(0, 0), List.of(), Map.of());

  public FirmwareConfig {
    optionRoms = List.copyOf(optionRoms);
    items = Map.copyOf(items);
  }
}
