package org.jvmm.cli;

import java.util.List;

/** What {@code -machine help}, {@code -device help} and {@code -accel help} print. */
final class Listing {
  private Listing() {}

  /** Whether a list is wanted in place of a machine. */
  static boolean isAsked(Options options) {
    return isHelp(options.machine) || has(options.devices) || has(options.accels);
  }

  static String of(Options options) {
    if (isHelp(options.machine)) {
      return "Supported machines are:\npc                   440FX, PIIX3 (default)\n";
    }
    return has(options.devices)
        ? lines(DeviceOption.KNOWN.split(", "))
        : "Accelerators supported:\nauto\n" + lines(new AcceleratorChoice().names());
  }

  private static boolean has(List<String> values) {
    for (String each : values) {
      if (isHelp(each)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isHelp(String value) {
    return value.equals("help") || value.equals("?");
  }

  private static String lines(String... names) {
    return String.join("\n", names) + "\n";
  }
}
