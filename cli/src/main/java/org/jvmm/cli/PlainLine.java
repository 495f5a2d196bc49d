package org.jvmm.cli;

import java.nio.file.Path;

/**
 * Reads what most command lines consist of. {@link Options} declares all options, and picocli reads
 * any line by that and explains what is wrong with it; but its reflection takes a third of the time
 * from the process's start to the guest's first instruction.
 */
final class PlainLine {
  private final String[] args;
  private int next;

  private PlainLine(String[] args) {
    this.args = args;
  }

  /** The options of a line, or null if it has anything that is left to picocli. */
  static Options read(String[] args) {
    PlainLine line = new PlainLine(args);
    Options options = new Options();
    while (line.next < args.length) {
      if (!line.takeSwitch(options) && !line.takeValue(options)) {
        return null;
      }
    }
    return options;
  }

  private boolean takeSwitch(Options options) {
    switch (args[next]) {
      case "-nographic" -> options.nographic = true;
      case "-no-reboot" -> options.noReboot = true;
      case "-no-shutdown" -> options.noShutdown = true;
      case "-nodefaults" -> options.noDefaults = true;
      case "-S" -> options.stopped = true;
      case "-enable-kvm" -> options.enableKvm = true;
      case "-snapshot" -> options.drives.snapshot = true;
      case "-stats" -> options.stats = true;
      case "-v", "-verbose" -> options.verbose = true;
      case "-version", "--version" -> options.version = true;
      default -> {
        return false;
      }
    }
    next++;
    return true;
  }

  private boolean takeValue(Options options) {
    if (next + 1 == args.length || args[next + 1].startsWith("-")) {
      return false; // nothing, or perhaps an option
    }
    String value = args[next + 1];
    switch (args[next]) {
      case "-m" -> options.memory = value;
      case "-smp" -> options.smp = value;
      case "-cpu" -> options.cpu = value;
      case "-accel" -> options.accels.add(value);
      case "-machine", "-M" -> options.machine = value;
      case "-kernel" -> options.kernel = Path.of(value);
      case "-initrd" -> options.initrd = Path.of(value);
      case "-append" -> options.append = value;
      case "-guest" -> options.guest = value;
      case "-serial" -> options.serials.add(value);
      case "-device" -> options.devices.add(value);
      case "-netdev" -> options.nets.netdevs.add(value);
      case "-monitor" -> options.monitor = value;
      case "-display" -> options.peripherals.display = value;
      case "-vga" -> options.peripherals.vga = value;
      case "-hda" -> options.drives.hda = value;
      case "-hdb" -> options.drives.hdb = value;
      case "-fda" -> options.drives.fda = value;
      case "-cdrom" -> options.drives.cdrom = value;
      case "-drive" -> options.drives.drives.add(value);
      case "-boot" -> options.firmware.boot = value;
      case "-name" -> options.name = value;
      default -> {
        return false;
      }
    }
    next += 2;
    return true;
  }
}
