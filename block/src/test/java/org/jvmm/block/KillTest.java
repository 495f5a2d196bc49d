package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.Checkable.Result;

/**
 * A process that writes is killed at random moments; what it said is flushed has to be there, and
 * nothing may be corrupt, by this checker and by QEMU's.
 */
final class KillTest {
  private static final int SECTORS = 4096;
  private static final int STEPS = 20_000;
  private static final int AT_ONCE = 4;

  /** Operations between two changes of the internal snapshots. */
  private static final int SNAPSHOT_PERIOD = 37;

  private record Kind(String format, Map<String, String> options) {
    /**
     * Version 2 of qcow2 has no mark that says that a snapshot is under way: flags that disagree
     * with the refcounts then remain after a kill, with QEMU too, until a check mends them.
     */
    boolean takesSnapshots() {
      return format.equals("qcow2") && !options.containsKey("compat");
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("qcow2", Map.of()),
          new Kind("qcow2", Map.of("cluster_size", "512")),
          new Kind("qcow2", Map.of("cluster_size", "4k", "lazy_refcounts", "on")),
          new Kind("qcow2", Map.of("cluster_size", "4k", "compat", "0.10")),
          new Kind("vmdk", Map.of()),
          new Kind("vdi", Map.of()),
          new Kind("vpc", Map.of("force_size", "on")),
          new Kind("raw", Map.of()));

  /** What {@code qemu-img check} can check. */
  private static final Set<String> QEMU_CHECKS = Set.of("qcow2", "vmdk", "vdi");

  /** What a killed writer left. */
  private record Writer(Kind kind, Path path, long seed, int flushed) {}

  @TempDir Path directory;

  /** The writer: does the steps of a seed and tells after each flush how many it has done. */
  public static void main(String[] arguments) throws IOException {
    long seed = Long.parseLong(arguments[2]);
    StampedDisk disk = new StampedDisk(seed, SECTORS, STEPS);
    try (BlockImage image =
        Images.open(Path.of(arguments[0]), arguments[1], OpenOptions.WRITABLE)) {
      for (int i = 0; i < STEPS; i++) {
        disk.apply(image, i);
        if (disk.flushes(i)) {
          System.out.println(i + 1);
        }
        if (i % SNAPSHOT_PERIOD == 0 && arguments.length > 3) {
          changeSnapshots((Snapshots) image);
        }
      }
    }
  }

  private static void changeSnapshots(Snapshots image) throws IOException {
    List<Snapshots.Info> all = image.snapshots();
    if (all.size() > 2) {
      image.deleteSnapshot(all.get(all.size() / 2).name());
    }
    String last = all.isEmpty() ? "0" : all.get(all.size() - 1).name();
    image.createSnapshot(Long.toString(Long.parseLong(last) + 1));
  }

  @Test
  void whatAKilledWriterFlushedIsThere() throws Exception {
    kill(24, 60, 0);
  }

  @Tag("soak")
  @Test
  void whatHundredsOfKilledWritersFlushedIsThere() throws Exception {
    kill(600, 400, 1000);
  }

  private void kill(int times, int longest, long seed) throws Exception {
    Random random = new Random(seed);
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<Writer>> killed = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        Kind kind = KINDS.get(i % KINDS.size());
        Path path = directory.resolve("disk%d.%s".formatted(i, kind.format));
        long own = seed + i;
        int millis = random.nextInt(longest);
        killed.add(pool.submit(() -> killAfter(millis, kind, path, own)));
      }
      int steps = 0;
      int early = 0;
      for (Future<Writer> each : killed) {
        Writer writer = each.get();
        steps += writer.flushed;
        early += writer.flushed == 0 ? 1 : 0;
        verify(writer);
        Files.delete(writer.path);
      }
      System.out.printf("%d writers killed, %d steps flushed by them%n", times, steps);
      assertTrue(early < times / 2, "most writers were killed before their first flush");
    } finally {
      pool.shutdownNow();
    }
  }

  /** Kills a writer a time after its first flush. */
  private static Writer killAfter(int millis, Kind kind, Path path, long seed) throws Exception {
    long size = (long) SECTORS * StampedDisk.SECTOR;
    Images.create(path, kind.format, size, new CreateOptions(kind.options));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                KillTest.class.getName(),
                path.toString(),
                kind.format,
                Long.toString(seed)));
    if (kind.takesSnapshots() && seed / KINDS.size() % 2 == 0) {
      command.add("snapshots");
    }
    Process writer =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    int flushed = 0;
    try (var lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.US_ASCII))) {
      String line = lines.readLine();
      if (line != null) {
        TimeUnit.MILLISECONDS.sleep(millis);
        writer.toHandle().destroyForcibly();
      }
      for (; line != null; line = lines.readLine()) {
        flushed = Integer.parseInt(line);
      }
    }
    writer.destroyForcibly().waitFor();
    return new Writer(kind, path, seed, flushed);
  }

  private static void verify(Writer writer) throws IOException {
    boolean dirty = isMarkedDirty(writer);
    if (QEMU_CHECKS.contains(writer.kind.format) && QemuImg.installed()) {
      QemuImg.Outcome outcome = QemuImg.attempt("check", "-f", writer.kind.format, writer.path);
      // 3: leaks alone.
      boolean sound = outcome.status() == 0 || outcome.status() == 3 || dirty;
      assertTrue(sound, () -> writer + ": " + outcome.output());
    }
    if (!dirty) {
      try (BlockImage image = open(writer, OpenOptions.READ_ONLY)) {
        assertSound(writer, image);
      }
    }
    StampedDisk disk = new StampedDisk(writer.seed, SECTORS, STEPS);
    try (BlockImage image = open(writer, OpenOptions.WRITABLE)) {
      // The next flush may have ended without being told, but nothing after it has begun.
      int begun = writer.flushed;
      while (begun < disk.size() && !disk.flushes(begun)) {
        begun++;
      }
      disk.verify(image, writer.flushed, begun);
      assertSound(writer, image);
    }
  }

  private static BlockImage open(Writer writer, OpenOptions options) throws IOException {
    return Images.open(writer.path, writer.kind.format, options);
  }

  private static void assertSound(Writer writer, BlockImage image) throws IOException {
    if (image instanceof Checkable checkable) {
      Result result = checkable.check(Repair.NONE);
      assertEquals(0, result.corruptions(), () -> writer + ": " + result.messages());
    }
  }

  /** Of qcow2, whose refcounts are then made anew when it is opened for writing. */
  private static boolean isMarkedDirty(Writer writer) throws IOException {
    if (!writer.kind.format.equals("qcow2")) {
      return false;
    }
    try (ImageFile file = OpenOptions.READ_ONLY.files().open(writer.path, OpenOptions.READ_ONLY)) {
      ByteBuffer head = ByteBuffer.allocate(80);
      file.read(0, head);
      boolean hasFeatures = head.getInt(4) >= 3;
      return hasFeatures && (head.getLong(72) & 1) != 0;
    }
  }
}
