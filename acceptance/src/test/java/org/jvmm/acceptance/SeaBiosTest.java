package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.console.StreamChar;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.run.Outcome;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.PackageFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.IsaPort;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;

/** SeaBIOS runs on the CPU in Java with nothing to boot from, and finds what it finds on QEMU. */
final class SeaBiosTest {
  private static final String END = "No bootable device.";

  /** Lines of one log that the other has not, each with the reason. */
  private static final Map<String, String> DIFFERENCES =
      Map.of(
          "Copying MPTABLE from .*", "it lies behind tables of another size",
          "Copying SMBIOS from .*", "names in it have other lengths",
          "table\\(50434146\\)=.*", "there is an XSDT",
          "ACPI: parse DSDT at .*", "another DSDT",
          "Found \\d lpt ports", "no parallel port",
          "Searching bootorder for: .*", "no floppy controller, no kvmvapic",
          "(Scan|Space|Running|Returned) .*", "no kvmvapic",
          " *\\d: 0.* = \\d .*|e820 map has .*", "tables of another size, no AMD reserved range");

  /** What the machine said, on COM1 and on the debug port. */
  private record Said(String serial, String debug) {}

  private static Said run(Path rom) throws InterruptedException {
    ByteArrayOutputStream serial = new ByteArrayOutputStream();
    ByteArrayOutputStream debug = new ByteArrayOutputStream();
    FirmwareConfig firmware =
        new FirmwareConfig(rom, BootPlan.USUAL, false, true, new UUID(0, 0), List.of(), Map.of());
    PcConfig config =
        PcConfig.builder(512L << 20).firmware(firmware).debugcon(IsaPort.BIOS_DEBUG).build();
    try (StreamChar line = new StreamChar("serial", serial);
        StreamChar port = new StreamChar("debug", debug);
        PcMachine pc =
            PcMachine.build(
                config,
                soft(),
                new HostEnds(new MmapRam(), List.of(line), port, VmlinuxCache.NONE))) {
      Thread watch = new Thread(() -> stopAtTheEnd(pc, serial), "watch");
      watch.start();
      assertEquals(Outcome.Kind.QUIT, pc.run().kind());
      watch.join();
    }
    return new Said(
        serial.toString(StandardCharsets.ISO_8859_1), debug.toString(StandardCharsets.ISO_8859_1));
  }

  private static void stopAtTheEnd(PcMachine pc, ByteArrayOutputStream serial) {
    try {
      for (int i = 0; i < 600 && !serial.toString(StandardCharsets.ISO_8859_1).contains(END); i++) {
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    pc.machine().stop(Outcome.of(Outcome.Kind.QUIT));
  }

  private static Accelerator soft() {
    return ServiceLoader.load(Accelerator.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(each -> each.name().equals("soft"))
        .findFirst()
        .orElseThrow();
  }

  private static Path rom() throws IOException {
    try {
      return GuestCatalog.ofHost(Optional.empty())
          .file(PackageFile.SEABIOS, new TerminalProgress(System.out, false));
    } catch (GuestException e) {
      assumeTrue(false, "SeaBIOS cannot be had here: " + e.getMessage());
      throw e;
    }
  }

  @Test
  @Timeout(120)
  void itFindsTheMachineAndSaysThatNothingBoots() throws Exception {
    Said said = run(rom());
    for (String line :
        List.of(
            "SeaBIOS (version ",
            "Running on QEMU (i440fx)",
            "QEMU fw_cfg DMA interface supported",
            "qemu/e820: addr 0x0000000000000000 len 0x0000000020000000 [RAM]",
            "id=8086:1237",
            "id=8086:7000",
            "id=8086:7113",
            "Using pmtimer, ioport 0x608",
            "Found 1 cpu(s) max supported 1 cpu(s)",
            "Copying SMBIOS from ",
            "ACPI: parse DSDT at ",
            "sercon: using ioport 0x3f8",
            "Found 1 serial ports",
            "PS2 keyboard initialized")) {
      assertTrue(said.debug.contains(line), line + " is not in\n" + said.debug);
    }
    assertTrue(said.serial.contains("SeaBIOS (version "), said.serial);
    assertTrue(said.serial.contains(END), said.serial);
  }

  @Test
  @Tag("soak")
  @Timeout(180)
  void itsLogIsTheOneOfQemu(@TempDir Path dir) throws Exception {
    Path rom = rom();
    assumeTrue(onPath("qemu-system-x86_64"), "qemu-system-x86_64 is not installed");
    Said ours = run(rom);
    TreeSet<String> differ = new TreeSet<>(lines(ours.debug));
    TreeSet<String> theirs = new TreeSet<>(lines(qemu(rom, dir.resolve("log"))));
    TreeSet<String> both = new TreeSet<>(differ);
    both.retainAll(theirs);
    differ.addAll(theirs);
    differ.removeAll(both);
    differ.removeIf(line -> DIFFERENCES.keySet().stream().anyMatch(line::matches));
    assertEquals("", String.join("\n", differ), "lines of one log only");
  }

  /** Addresses in RAM aside, which the tables' size moves. */
  private static List<String> lines(String log) {
    return log.lines()
        .map(line -> line.strip().replaceAll("0x1[0-9a-f]{7}", "HIGH"))
        .filter(line -> !line.isEmpty())
        .collect(Collectors.toList());
  }

  private static String qemu(Path rom, Path log) throws IOException, InterruptedException {
    Process qemu =
        new ProcessBuilder(
                ("qemu-system-x86_64 -accel tcg -M pc,graphics=off -m 512 -nodefaults -display none"
                        + " -serial null -global isa-debugcon.iobase=0x402 -debugcon file:"
                        + log
                        + " -bios "
                        + rom)
                    .split(" "))
            .inheritIO()
            .start();
    for (int i = 0; i < 300 && !(Files.exists(log) && Files.readString(log).contains(END)); i++) {
      Thread.sleep(100);
    }
    qemu.destroy();
    qemu.waitFor(10, TimeUnit.SECONDS);
    return Files.readString(log);
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
