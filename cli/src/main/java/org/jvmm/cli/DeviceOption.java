package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jvmm.pc.PcConfig;

/** The arguments of {@code -device}: isa-debug-exit, pc-testdev, pci-testdev. */
record DeviceOption(PcConfig.DebugExit debugExit, PcConfig.TestDevices testDevices) {
  /** The smallest membar of a pci-testdev. */
  private static final long MEMBAR_MIN = 16;

  private static final Pattern SIZE = Pattern.compile("(\\d{1,6})([KMGT]?)");
  private static final Map<String, Integer> SHIFT =
      Map.of("", 0, "K", 10, "M", 20, "G", 30, "T", 40);

  static DeviceOption parse(List<String> devices) {
    PcConfig.DebugExit debugExit = null;
    boolean pcTestdev = false;
    List<Long> membars = new ArrayList<>();
    for (String device : devices) {
      String[] parts = device.split(",", -1);
      switch (parts[0]) {
        case "isa-debug-exit" -> debugExit = debugExit(device, parts);
        case "pc-testdev" -> {
          expect(device, parts, "none");
          pcTestdev = true;
        }
        case "pci-testdev" -> membars.add(membar(device, parts));
        default ->
            throw new UsageException(
                "-device %s: not known; there are isa-debug-exit, pc-testdev and pci-testdev"
                    .formatted(device));
      }
    }
    return new DeviceOption(debugExit, new PcConfig.TestDevices(pcTestdev, membars));
  }

  /** Refuses properties beside those that have been taken, which are empty by now. */
  private static void expect(String device, String[] parts, String known) {
    for (int i = 1; i < parts.length; i++) {
      if (parts[i] != null) {
        throw new UsageException(
            "-device %s: '%s' is not known; there is %s".formatted(device, parts[i], known));
      }
    }
  }

  /** Takes a property's value, or null if it is not there. */
  private static String take(String[] parts, String property) {
    String value = null;
    for (int i = 1; i < parts.length; i++) {
      if (parts[i] != null && parts[i].startsWith(property + "=")) {
        value = parts[i].substring(property.length() + 1);
        parts[i] = null;
      }
    }
    return value;
  }

  private static PcConfig.DebugExit debugExit(String device, String[] parts) {
    String port = take(parts, "iobase");
    String size = take(parts, "iosize");
    expect(device, parts, "iobase= and iosize=");
    PcConfig.DebugExit usual = PcConfig.DebugExit.USUAL;
    return new PcConfig.DebugExit(
        port == null ? usual.port() : number(device, port, 0xfffc),
        size == null ? usual.size() : number(device, size, 4));
  }

  private static long membar(String device, String[] parts) {
    String size = take(parts, "membar");
    expect(device, parts, "membar=");
    if (size == null) {
      return 0;
    }
    Matcher form = SIZE.matcher(size);
    long bytes = form.matches() ? Long.parseLong(form.group(1)) << SHIFT.get(form.group(2)) : 0;
    if (bytes < MEMBAR_MIN || Long.bitCount(bytes) != 1) {
      throw new UsageException(
          "-device %s: membar=%s is not a power of two of at least %d"
              .formatted(device, size, MEMBAR_MIN));
    }
    return bytes;
  }

  private static int number(String device, String text, int most) {
    try {
      int value = Integer.decode(text);
      if (value >= 1 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new UsageException("-device %s: '%s' is not a number".formatted(device, text), e);
    }
    throw new UsageException(
        "-device %s: %s is not between 1 and %#x".formatted(device, text, most));
  }
}
