package org.jvmm.bench;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Boots one CD-ROM with GRUB and a Linux in it by firmware: under jvmm's {@code soft}, QEMU's TCG
 * and Bochs, one after the other. Prints the seconds from the start of each process to GRUB's menu,
 * the kernel's first line and its init's. What is not installed is left out.
 */
public final class FirmwareBoot {
  private static final String GRUB = "grub: menu", KERNEL = "Linux version", INIT = "jvmm: init";
  private static final String MEMORY = "512";

  /** Its sound would need a sound card, and its usual display a screen. */
  private static final String BOCHS =
      """
      megs: %s
      cpu: model=corei7_sandy_bridge_2600k, ips=100000000
      clock: sync=none
      plugin_ctrl: speaker=0, sb16=0, es1370=0
      sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
      display_library: term
      romimage: file=/usr/share/bochs/BIOS-bochs-latest
      vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
      ata0-master: type=cdrom, path=%s, status=inserted
      boot: cdrom
      com1: enabled=1, mode=file, dev=%s
      log: %s
      panic: action=fatal
      """;

  private final Path work;
  private final Path iso;

  private FirmwareBoot(Path work) throws IOException, InterruptedException {
    this.work = work;
    iso = work.resolve("grub.iso");
    Process build =
        new ProcessBuilder("acceptance/firmware/grub-iso", "build", iso.toString())
            .inheritIO()
            .start();
    if (build.waitFor() != 0) {
      throw new IOException("no ISO");
    }
  }

  /**
   * Measures.
   *
   * @param names which of soft, tcg and bochs; all of them by default
   */
  public static void main(String[] names) throws IOException, InterruptedException {
    Path work = Files.createTempDirectory("firmware-boot");
    try {
      FirmwareBoot bench = new FirmwareBoot(work);
      System.out.printf("%-8s %14s %14s %14s %14s%n", "", GRUB, KERNEL, INIT, "CPU time");
      for (String name : names.length > 0 ? List.of(names) : List.of("soft", "tcg", "bochs")) {
        bench.measure(name);
      }
    } finally {
      try (Stream<Path> files = Files.walk(work)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }

  private void measure(String name) throws IOException, InterruptedException {
    List<String> boot =
        List.of("-m", MEMORY, "-nographic", "-no-reboot", "-cdrom", iso.toString(), "-boot", "d");
    List<String> command = new ArrayList<>();
    Path serial = null;
    switch (name) {
      case "soft" -> {
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("org.jvmm.cli.Jvmm", "-accel", "soft"));
        command.addAll(boot);
      }
      case "tcg" -> {
        command.addAll(List.of("qemu-system-x86_64", "-accel", "tcg", "-net", "none"));
        command.addAll(boot);
      }
      case "bochs" -> {
        serial = Files.createFile(work.resolve("serial"));
        Path configuration = work.resolve("bochsrc");
        Files.writeString(
            configuration, BOCHS.formatted(MEMORY, iso, serial, work.resolve("bochs.log")));
        Path commands = work.resolve("commands");
        Files.writeString(commands, "continue\n"); // Debian's stops in its debugger
        String bochs = "TERM=vt100 bochs -q -f %s -rc %s".formatted(configuration, commands);
        command.addAll(List.of("script", "-qfc", bochs, "/dev/null"));
      }
      default -> throw new IllegalArgumentException(name + ": there are soft, tcg and bochs");
    }
    String program = name.equals("bochs") ? name : command.get(0);
    if (isProgram(program)) {
      run(name, command, serial);
    } else {
      System.out.printf("%-8s %s is not installed%n", name, program);
    }
  }

  private static boolean isProgram(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory).resolve(name)));
  }

  /** Runs until the guest has passed the last station; its serial port is the output or a file. */
  private static void run(String name, List<String> command, Path serial)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (serial != null) {
      builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    }
    Process process = builder.start();
    try (InputStream in =
        serial == null ? process.getInputStream() : Files.newInputStream(serial)) {
      BootBesideQemu.Output output = new BootBesideQemu.Output(process, in);
      System.out.printf("%-8s", name);
      for (String station : List.of(GRUB, KERNEL, INIT)) {
        output.await(station);
        System.out.printf(" %12.2f s", (System.nanoTime() - start) / 1e9);
      }
      System.out.printf(" %12.2f s%n", BootBesideQemu.cpuSeconds(process));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
