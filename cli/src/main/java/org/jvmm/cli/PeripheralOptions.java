package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** Options about what stands around the machine; some of it is not there, and the user is told. */
final class PeripheralOptions {
  @Option(names = "-localtime", description = "the same as -rtc base=localtime")
  boolean localTime;

  @Option(names = "-vga", paramLabel = "TYPE", description = "none, so far (default: none)")
  String vga = "none";

  @Option(names = "-display", paramLabel = "TYPE", description = "none, so far (default: none)")
  String display = "none";

  @Option(names = "-usb", hidden = true)
  boolean usb;

  @Option(names = "-usbdevice", paramLabel = "DEV", hidden = true)
  List<String> usbDevices = new ArrayList<>();

  @Option(
      names = "-chardev",
      paramLabel = "SPEC",
      description = "stdio, null or file,path=FILE, with id=NAME; used as chardev:NAME")
  List<String> chardevs = new ArrayList<>();

  @Option(
      names = "-global",
      paramLabel = "SPEC",
      description = "isa-debugcon.iobase=PORT: where -debugcon is (default: 0xe9)")
  List<String> globals = new ArrayList<>();

  /**
   * What the user asked for and does not get, a line each; the guest runs without.
   *
   * @throws UsageException if it is nothing that QEMU knows either
   */
  List<String> missing() {
    List<String> lines = new ArrayList<>();
    if (!vga.equals("none")) {
      require(vga, "-vga", "std|cirrus|vmware|qxl|xenfb|tcx|cg3|virtio");
      lines.add("-vga %s: there is no display so far; the guest has no VGA".formatted(vga));
    }
    if (!display.equals("none")) {
      require(display.split(",")[0].split("=")[0], "-display", "sdl|gtk|curses|vnc|spice-app|dbus");
      lines.add("-display %s: there is no display so far".formatted(display));
    }
    if (usb || !usbDevices.isEmpty()) {
      lines.add("-usb: there is no USB; mouse and keyboard are PS/2");
    }
    return lines;
  }

  private static void require(String word, String option, String known) {
    if (!word.matches(known)) {
      throw new UsageException(
          "%s %s: not known; there are none, %s".formatted(option, word, known.replace("|", ", ")));
    }
  }

  /**
   * Where the debug console is.
   *
   * @param otherwise where it is if nobody says
   */
  int debugconPort(int otherwise) {
    int port = otherwise;
    for (String global : globals) {
      SubOptions options = new SubOptions("-global", global, null);
      port = options.takeNumber("isa-debugcon.iobase", port, 1, 0xffff);
      options.end();
    }
    return port;
  }

  /**
   * The host's end that a name means: {@code chardev:NAME} is looked up, anything else is itself.
   *
   * @param option whose argument it is
   */
  String resolve(String option, String device) {
    if (!device.startsWith("chardev:")) {
      return device;
    }
    String name = device.substring(8);
    for (String chardev : chardevs) {
      SubOptions options = new SubOptions("-chardev", chardev, "backend");
      String backend = options.take("backend", "");
      String path = options.take("path");
      boolean multiplexed = options.takeSwitch("mux", false);
      String id = options.take("id", "");
      options.ignore(Set.of("signal", "append")).end();
      if (id.equals(name)) {
        return backend.equals("file") ? "file:" + path : multiplexed ? "mon:" + backend : backend;
      }
    }
    throw new UsageException(
        "%s %s: there is no -chardev with id=%s".formatted(option, device, name));
  }
}
