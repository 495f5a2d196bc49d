package org.jvmm.cli;

import java.util.List;
import org.jvmm.pc.PcConfig;

/** The arguments of {@code -device}: so far, isa-debug-exit. */
final class DeviceOption {
  private DeviceOption() {}

  /** Where isa-debug-exit is wanted, or null. */
  static PcConfig.DebugExit debugExit(List<String> devices) {
    PcConfig.DebugExit found = null;
    for (String device : devices) {
      String[] parts = device.split(",", -1);
      if (!parts[0].equals("isa-debug-exit")) {
        throw new UsageException(
            "-device %s: not known; there is isa-debug-exit".formatted(device));
      }
      int port = PcConfig.DebugExit.USUAL.port();
      int size = PcConfig.DebugExit.USUAL.size();
      for (int i = 1; i < parts.length; i++) {
        if (parts[i].startsWith("iobase=")) {
          port = number(device, parts[i].substring(7), 0xfffc);
        } else if (parts[i].startsWith("iosize=")) {
          size = number(device, parts[i].substring(7), 4);
        } else {
          throw new UsageException(
              "-device %s: '%s' is not known; there are iobase= and iosize="
                  .formatted(device, parts[i]));
        }
      }
      found = new PcConfig.DebugExit(port, size);
    }
    return found;
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
