package org.jvmm.cli;

/** The argument of {@code -machine}: "pc", with {@code accel=NAME} and {@code kernel-irqchip=}. */
final class MachineOption {
  private MachineOption() {}

  /** What {@code -accel} amounts to when {@code -machine}'s switches are taken in. */
  static String accel(Options options) {
    String accel = options.accel;
    StringBuilder switches = new StringBuilder();
    String[] parts = options.machine.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      String part = i == 0 && parts[0].startsWith("type=") ? parts[0].substring(5) : parts[i];
      if (part.startsWith("accel=")) {
        accel = part.substring(6).split(":")[0];
      } else if (part.startsWith("kernel-irqchip=")) {
        switches.append(',').append(part);
      } else if (i > 0 || !part.equals("pc") && !part.matches("pc-i440fx-[\\d.]+")) {
        throw new UsageException(
            "-machine %s: '%s' is not known; the machine is pc".formatted(options.machine, part));
      }
    }
    return accel + switches;
  }
}
