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
 */
record DeviceOption(
    PcConfig.DebugExit debugExit,
    DebugCon debugcon,
    PcConfig.TestDevices testDevices,
    List<NicOption> nics) {
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
    for (String device : devices) {
      SubOptions options = new SubOptions("-device", device, "driver");
      switch (options.take("driver", "")) {
        case "isa-debug-exit" -> debugExit = debugExit(options);
        case "isa-debugcon" -> debugcon = debugcon(options);
        case "pc-testdev" -> pcTestdev = true;
        case "pci-testdev" -> membars.add(membar(options));
        case NicOption.MODEL -> nics.add(NicOption.device(options));
        default ->
            throw options.fault(
                "not known; there are isa-debug-exit, isa-debugcon, pc-testdev, pci-testdev and %s",
                NicOption.MODEL);
      }
      options.end();
    }
    PcConfig.TestDevices tests = new PcConfig.TestDevices(pcTestdev, membars);
    return new DeviceOption(debugExit, debugcon, tests, nics);
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
