package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.CacheMode;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.console.StreamChar;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.run.Outcome;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.PackageFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.Floppy;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;

/** Boot media of Debian's packages, on the CPU in Java, by what they say on the serial line. */
@Tag("soak")
@Timeout(240)
final class BootMediaTest {
  static final PackageFile GRUB_FLOPPY =
      new PackageFile("amd64", "grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-floppy.img");
  static final PackageFile MEMTEST =
      new PackageFile("amd64", "memtest86+", "boot/memtest86+x64.bin");

  static Path file(PackageFile wanted) throws IOException {
    try {
      return GuestCatalog.ofHost(Optional.empty())
          .file(wanted, new TerminalProgress(System.out, false));
    } catch (GuestException e) {
      assumeTrue(false, wanted.packageName() + " cannot be had here: " + e.getMessage());
      throw e;
    }
  }

  private static Accelerator soft() {
    return ServiceLoader.load(Accelerator.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(each -> each.name().equals("soft"))
        .findFirst()
        .orElseThrow();
  }

  /** Types a key when the guest has said something. */
  private record Answer(String said, String key) {}

  /**
   * Runs until the last of the words has been said.
   *
   * @return the serial line's text without escape sequences
   */
  private static String run(PcConfig config, List<Floppy> floppies, Answer... dialogue)
      throws InterruptedException {
    ByteArrayOutputStream serial = new ByteArrayOutputStream();
    try (StreamChar line = new StreamChar("serial", serial);
        PcMachine pc =
            PcMachine.build(
                config,
                soft(),
                new HostEnds(
                    new MmapRam(),
                    List.of(line),
                    null,
                    VmlinuxCache.NONE,
                    List.of(),
                    floppies,
                    List.of(),
                    notice -> {}))) {
      Thread user = new Thread(() -> type(pc, serial, line, dialogue), "user");
      user.setDaemon(true);
      user.start();
      pc.run();
    }
    return text(serial);
  }

  private static void type(
      PcMachine pc, ByteArrayOutputStream serial, StreamChar line, Answer... dialogue) {
    try {
      for (Answer each : dialogue) {
        while (!text(serial).contains(each.said)) {
          Thread.sleep(100);
        }
        byte[] key = each.key.getBytes(StandardCharsets.US_ASCII);
        line.deliver(key, 0, key.length);
      }
      pc.machine().stop(Outcome.of(Outcome.Kind.QUIT));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String text(ByteArrayOutputStream serial) {
    return serial.toString(StandardCharsets.ISO_8859_1).replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", "");
  }

  @Test
  void grubsRescueFloppyShowsItsPrompt() throws Exception {
    Path image = file(GRUB_FLOPPY);
    FirmwareConfig firmware =
        new FirmwareConfig(
            file(PackageFile.SEABIOS),
            BootPlan.USUAL.withOrder("a"),
            false,
            true,
            new UUID(0, 0),
            List.of(),
            Map.of());
    PcConfig config = PcConfig.builder(128L << 20).firmware(firmware).build();
    try (BlockWorker disk =
        new BlockWorker(
            Images.open(image, "raw", OpenOptions.READ_ONLY),
            CacheMode.WRITEBACK,
            "a",
            (kind, offset, cause) -> {})) {
      Floppy drive = new Floppy(0, disk, ErrorPolicy.USUAL, "a");
      String said =
          run(
              config,
              List.of(drive),
              new Answer("will be executed automatically", "c"),
              new Answer("grub>", ""));
      assertTrue(said.contains("grub>"), said);
    }
  }

  @Test
  void memtestStartsItsFirstPass() throws Exception {
    PcConfig.Boot kernel = new PcConfig.Boot(file(MEMTEST), null, "console=ttyS0,115200");
    PcConfig config = PcConfig.builder(32L << 20).boot(kernel).build();
    String said = run(config, List.of(), new Answer("Moving inversions", ""));
    assertTrue(said.contains("Moving inversions"), said);
  }
}
