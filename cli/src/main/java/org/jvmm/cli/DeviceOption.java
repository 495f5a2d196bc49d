package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jvmm.pc.PcConfig;

/**
 * The arguments of {@code -device}.
 *
 * @param debugExit where isa-debug-exit is wanted, or null
 * @param debugcon where isa-debugcon is wanted, or null
 * @param testDevices pc-testdev and pci-testdevs
 * @param nics network cards
 * @param drives drives that -drive if=none or -blockdev has a medium for
 * @param absent what the guest runs without, a line each
 */
record DeviceOption(
    PcConfig.DebugExit debugExit,
    DebugCon debugcon,
    PcConfig.TestDevices testDevices,
    List<NicOption> nics,
    List<DriveDevice> drives,
    List<String> absent) {
  /**
   * Devices of QEMU's that a guest runs without; disks and what tests look for are none of them.
   */
  private static final String DISPENSABLE =
      "usb-.*|.*-usb-.*|.*-[uoex]hci.*|VGA|.*-vga(-.*)?|cirrus-vga|isa-parallel|AC97|ES1370|sb16|adlib|gus"
          + "|intel-hda|ich9-intel-hda|hda-.*|virtio-(balloon|rng|serial|keyboard|mouse|tablet|gpu).*"
          + "|virtserialport|virtconsole|i6300esb|ib700|vmgenid|e1000.*|rtl8139|pcnet|i8255.*"
          + "|virtio-net.*|vmxnet3|tulip|ne2k_isa|vmport|vmmouse";

  /** What there is. */
  static final String KNOWN =
      DriveDevice.NAMES
          + ", isa-debug-exit, isa-debugcon, pc-testdev, pci-testdev, "
          + NicOption.MODEL;

  /** The smallest membar of a pci-testdev. */
  private static final long MEMBAR_MIN = 16;

  private static final Pattern SIZE = Pattern.compile("(\\d{1,6})([KMGT]?)");
  private static final Map<String, Integer> SHIFT =
      Map.of("", 0, "K", 10, "M", 20, "G", 30, "T", 40);

  /**
   * A debug console.
   *
   * @param chardev the host's end, by its name
   */
  record DebugCon(int port, String chardev) {}

  static DeviceOption parse(List<String> devices) {
    PcConfig.DebugExit debugExit = null;
    DebugCon debugcon = null;
    boolean pcTestdev = false;
    List<Long> membars = new ArrayList<>();
    List<NicOption> nics = new ArrayList<>();
    List<DriveDevice> drives = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    for (String device : devices) {
      SubOptions options = new SubOptions("-device", device, "driver");
      String driver = options.take("driver", "");
      switch (driver) {
        case "isa-debug-exit" -> debugExit = debugExit(options);
        case "isa-debugcon" -> debugcon = debugcon(options);
        case "pvpanic" -> options.rest(); // the board has one
        case "pc-testdev" -> pcTestdev = true;
        case "pci-testdev" -> membars.add(membar(options));
        case NicOption.MODEL -> nics.add(NicOption.device(options));
        default -> {
          DriveDevice drive = DriveDevice.of(driver, options);
          if (drive != null) {
            drives.add(drive);
          } else if (driver.matches(DISPENSABLE)) {
            options.rest();
            absent.add("-device %s: there is none; the guest runs without".formatted(driver));
          } else {
            throw options.fault("not known; there are %s", KNOWN);
          }
        }
      }
      options.end();
    }
    PcConfig.TestDevices tests = new PcConfig.TestDevices(pcTestdev, membars);
    return new DeviceOption(debugExit, debugcon, tests, nics, drives, absent);
  }

  private static PcConfig.DebugExit debugExit(SubOptions options) {
    PcConfig.DebugExit usual = PcConfig.DebugExit.USUAL;
    return new PcConfig.DebugExit(
        options.takeNumber("iobase", usual.port(), 1, 0xfffc),
        options.takeNumber("iosize", usual.size(), 1, 4));
  }

  private static DebugCon debugcon(SubOptions options) {
    int port = options.takeNumber("iobase", PcConfig.DEBUGCON, 1, 0xffff);
    return new DebugCon(port, options.take("chardev", ""));
  }

  private static long membar(SubOptions options) {
    String size = options.take("membar");
    if (size == null) {
      return 0;
    }
    Matcher form = SIZE.matcher(size);
    long bytes = form.matches() ? Long.parseLong(form.group(1)) << SHIFT.get(form.group(2)) : 0;
    if (bytes < MEMBAR_MIN || Long.bitCount(bytes) != 1) {
      throw options.fault("membar=%s is not a power of two of at least %d", size, MEMBAR_MIN);
    }
    return bytes;
  }
}
