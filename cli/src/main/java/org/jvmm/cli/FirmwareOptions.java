package org.jvmm.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jvmm.devices.fwcfg.FwCfgItems;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;
import picocli.CommandLine.Option;

/** Options about the firmware and what it is told. */
final class FirmwareOptions {
  /** The name by which {@code -bios} means the firmware that is taken without it. */
  static final String DEFAULT_BIOS = "default";

  /** An item is read as a whole. */
  private static final long MOST_ITEM = 64 << 20;

  @Option(
      names = "-bios",
      paramLabel = "FILE",
      description =
          "boot by this firmware; 'default' is SeaBIOS from Debian's package, which disks boot by")
  String bios;

  @Option(
      names = "-boot",
      paramLabel = "ORDER",
      description =
          "a floppy, c disk, d CD-ROM, n network; or order=,once=,menu=on|off,splash-time=MS")
  String boot;

  @Option(names = "-option-rom", paramLabel = "FILE", description = "a ROM for the firmware to run")
  List<Path> optionRoms = new ArrayList<>();

  @Option(
      names = "-fw_cfg",
      paramLabel = "ITEM",
      description = "an item for firmware and guest: name=opt/NAME,string=TEXT or ,file=FILE")
  List<String> items = new ArrayList<>();

  @Option(names = "-uuid", paramLabel = "UUID", description = "the machine's UUID")
  String uuid;

  @Option(
      names = "-no-fd-bootchk",
      description = "boot a floppy disk whose first sector has no signature too")
  boolean anyFloppy;

  @Option(names = "-no-acpi", description = "hand over no ACPI tables")
  boolean noAcpi;

  /**
   * What the machine is to have.
   *
   * @param rom the image that starts, or null where a kernel is entered directly
   */
  FirmwareConfig config(Path rom, BootPlan plan) {
    return new FirmwareConfig(rom, plan, false, !noAcpi, uuid(), optionRoms, items());
  }

  private UUID uuid() {
    try {
      return uuid == null ? new UUID(0, 0) : UUID.fromString(uuid);
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          "-uuid %s: not of the form 8-4-4-4-12 hexadecimal digits".formatted(uuid), e);
    }
  }

  private Map<String, byte[]> items() {
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (String item : items) {
      SubOptions options = new SubOptions("-fw_cfg", item, "name");
      String name = options.take("name", "");
      String string = options.take("string");
      String file = options.take("file");
      options.end();
      if (!FwCfgItems.isName(name)) {
        throw options.fault("name is 1 to %d characters", FwCfgItems.LONGEST_NAME);
      }
      if (string == null == (file == null)) {
        throw options.fault("either string= or file= is needed");
      }
      found.put(
          name,
          file == null ? string.getBytes(StandardCharsets.UTF_8) : content(options, Path.of(file)));
    }
    return found;
  }

  private static byte[] content(SubOptions options, Path file) {
    try {
      if (Files.size(file) > MOST_ITEM) {
        throw options.fault("more than %d MiB", MOST_ITEM >> 20);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UsageException(options.fault("%s cannot be read", file).getMessage(), e);
    }
  }
}
