package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.CacheMode;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.run.Lifecycle;
import org.jvmm.core.run.Machine;
import org.jvmm.core.run.Outcome;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.pc.IdeDrive;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.ServedDisk;

/** Debian's kernel and its ata_piix driver with disks and a CD, on the CPU written in Java. */
@Tag("soak")
final class IdeLinuxTest {
  private static final GuestRecipe WITH_E2FSPROGS =
      GuestRecipe.DEBIAN.with("debian-e2fsprogs", List.of("e2fsprogs"));

  private static final String DROP = "echo 3 >/proc/sys/vm/drop_caches; ";

  /** The disks of the first channel, by their places: the kernel names them in any order. */
  private static final String PLACES =
      "a=/dev/$(ls /sys/bus/scsi/devices/0:0:0:0/block); "
          + "b=/dev/$(ls /sys/bus/scsi/devices/0:0:1:0/block); ";

  @TempDir Path folder;

  @Test
  @Timeout(300)
  void aFileOfTheCdGoesToADiskByDmaAndBack() throws Exception {
    Path disc = Files.createDirectory(folder.resolve("disc"));
    String sum = random(disc.resolve("file"), 2 << 20);
    Path disk = image("disk", "raw", 2 << 20);
    String said =
        run(
            GuestRecipe.DEBIAN,
            "for d in /sys/class/ata_device/dev*; do grep -H . $d/xfer_mode; done; "
                + "mount -t iso9660 -r /dev/sr0 /mnt && sha256sum /mnt/file"
                + " && dd if=/mnt/file of=/dev/sda bs=64k conv=fsync && "
                + DROP
                + "sha256sum /dev/sda",
            drive(0, 0, disk, "raw"),
            cdrom(disc));
    assertTrue(said.contains("DMA"), said);
    assertEquals(sum, sum(said, "/mnt/file"));
    assertEquals(sum, sum(said, "/dev/sda"));
    assertEquals(sum, sha256(disk, "raw"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  @Timeout(900)
  void aGigabyteOnExt4IsThereAfterARebootAndOnTheHost(String format) throws Exception {
    int size = 1 << 30;
    Path source = folder.resolve("source");
    String sum = random(source, size);
    Path disk = image("disk", format, size + (128L << 20));
    String written =
        run(
            WITH_E2FSPROGS,
            PLACES
                + "dmesg | grep UDMA; /sbin/mkfs.ext4 -q $a && mount -t ext4 $a /mnt"
                + " && dd if=$b of=/mnt/file bs=1M conv=fsync && umount /mnt",
            drive(0, 0, disk, format),
            drive(0, 1, source, "raw"));
    assertTrue(written.contains("UDMA"), written);
    Path converted = folder.resolve("converted");
    convert(disk, converted);
    assertEquals(sha256(disk, format), sha256(converted, "raw"));
    Path back = image("back", "raw", size);
    run(
        WITH_E2FSPROGS,
        PLACES
            + "/sbin/e2fsck -fn $a && mount -t ext4 -r $a /mnt"
            + " && dd if=/mnt/file of=$b bs=1M conv=fsync",
        drive(0, 0, disk, format),
        drive(0, 1, back, "raw"));
    assertEquals(sum, sha256(back, "raw"));
  }

  @Test
  @Timeout(300)
  void aFullHostPausesTheMachineAndABadSectorIsAnErrorOfTheGuest() throws Exception {
    ServedDisk full = failing(BlockError.NO_SPACE);
    ServedDisk bad = failing(BlockError.IO);
    List<String> told = new CopyOnWriteArrayList<>();
    BiConsumer<Machine, String> makeRoom =
        (machine, notice) -> {
          told.add(notice);
          new Thread(() -> resume(machine, full), "user").start();
        };
    String said =
        run(
            GuestRecipe.DEBIAN,
            makeRoom,
            PLACES
                + "dd if=/dev/zero of=$a bs=64k count=16 conv=fsync && echo all written; "
                + "dd if=$b of=/dev/null bs=64k || echo not all read; "
                + "dmesg | grep -o 'I/O error, dev sd.'"
                + " | sed s/${a#/dev/}/first/\\;s/${b#/dev/}/second/ | sort -u",
            drive(0, 0, false, full),
            drive(0, 1, false, bad));
    // Whole lines: the kernel prints its command line, which has the words too.
    List<String> lines = said.lines().map(String::strip).toList();
    assertTrue(lines.contains("all written"), said);
    assertTrue(lines.contains("not all read"), said);
    assertTrue(lines.contains("I/O error, dev second"), said);
    assertFalse(lines.contains("I/O error, dev first"), said);
    assertEquals(
        List.of("ide0.0: no room on the host; the machine is paused until it is resumed"), told);
  }

  private static void resume(Machine machine, ServedDisk disk) {
    try {
      while (machine.state() != Lifecycle.PAUSED) {
        Thread.sleep(10);
      }
      disk.fail(null, 0);
      machine.resume();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A disk of a megabyte, whose second half fails. */
  private static ServedDisk failing(BlockError error) {
    return new ServedDisk(new HeapDisk(1 << 20).fail(error, 1 << 19));
  }

  private Path image(String name, String format, long size) throws IOException {
    Path path = folder.resolve(name);
    Images.create(path, format, size, new CreateOptions(Map.of()));
    return path;
  }

  /** By QEMU's tool: what another program reads in the image is what counts. */
  private static void convert(Path image, Path raw) throws IOException, InterruptedException {
    List<String> command =
        List.of("qemu-img", "convert", "-O", "raw", image.toString(), raw.toString());
    try {
      assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), "qemu-img");
    } catch (IOException e) {
      assumeTrue(false, "qemu-img cannot be run here: " + e.getMessage());
    }
  }

  /** Fills a file; the digest of what is in it. */
  private static String random(Path file, int size) throws IOException, NoSuchAlgorithmException {
    Random random = new Random(1);
    byte[] block = new byte[1 << 20];
    DigestOutputStream out = new DigestOutputStream(Files.newOutputStream(file), sha256());
    try (out) {
      for (int i = 0; i < size; i += block.length) {
        random.nextBytes(block);
        out.write(block);
      }
    }
    return HexFormat.of().formatHex(out.getMessageDigest().digest());
  }

  private static MessageDigest sha256() throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256");
  }

  /** The digest of a whole disk. */
  private static String sha256(Path path, String format)
      throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = sha256();
    ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
    try (BlockImage image = Images.open(path, format, OpenOptions.READ_ONLY)) {
      for (long at = 0; at < image.size(); at += block.limit()) {
        block.clear().limit((int) Math.min(block.capacity(), image.size() - at));
        image.read(at, block);
        digest.update(block.flip());
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String sum(String text, String file) {
    Matcher matcher = Pattern.compile("([0-9a-f]{64})  " + file).matcher(text);
    assertTrue(matcher.find(), text);
    return matcher.group(1);
  }

  private static IdeDrive drive(int channel, int device, Path image, String format)
      throws IOException {
    String name = image.getFileName().toString();
    return drive(
        channel, device, false, worker(name, Images.open(image, format, OpenOptions.WRITABLE)));
  }

  private static IdeDrive cdrom(Path directory) throws IOException {
    BlockImage image = Images.open("iso:" + directory, null, OpenOptions.READ_ONLY);
    return drive(1, 0, true, worker("cd", image));
  }

  private static BlockBackend worker(String name, BlockImage image) {
    return new BlockWorker(image, CacheMode.WRITEBACK, name, BlockWorker.Failures.IGNORED);
  }

  private static IdeDrive drive(int channel, int device, boolean cdrom, BlockBackend medium) {
    String name = "ide%d.%d".formatted(channel, device);
    return new IdeDrive(channel, device, cdrom, medium, ErrorPolicy.USUAL, null, name);
  }

  /** Runs a command that must succeed; what the console said. */
  private static String run(GuestRecipe recipe, String command, IdeDrive... drives)
      throws IOException, InterruptedException {
    return run(recipe, (machine, notice) -> {}, command, drives);
  }

  private static String run(
      GuestRecipe recipe, BiConsumer<Machine, String> notices, String command, IdeDrive... drives)
      throws IOException, InterruptedException {
    SoftGuestRun run;
    try {
      run = SoftGuestRun.of(recipe, 256, command, List.of(drives), notices);
    } finally {
      for (IdeDrive drive : drives) {
        drive.medium().close();
      }
    }
    String text = run.console();
    assertEquals(
        Outcome.Kind.POWER_OFF, run.outcome().kind(), () -> run.outcome().report() + "\n" + text);
    assertTrue(text.contains("jvmm: exit 0"), text);
    return text;
  }
}
