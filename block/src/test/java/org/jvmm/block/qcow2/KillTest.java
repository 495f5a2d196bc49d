package org.jvmm.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Checkable;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.Checkable.Result;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.QemuImg;
import org.jvmm.block.StampedDisk;

/** A process that writes is killed at random moments; what it said is flushed has to be there. */
final class KillTest {
  private static final int SECTORS = 4096;
  private static final int STEPS = 100_000;
  private static final List<Map<String, String>> IMAGES =
      List.of(
          Map.of(),
          Map.of("cluster_size", "512"),
          Map.of("cluster_size", "4k", "lazy_refcounts", "on"),
          Map.of("cluster_size", "4k", "compat", "0.10"));

  @TempDir Path directory;

  /** The writer: does the steps of a seed and tells after each flush how many it has done. */
  public static void main(String[] arguments) throws IOException {
    StampedDisk disk = new StampedDisk(Long.parseLong(arguments[1]), SECTORS, STEPS);
    try (BlockImage image = Images.open(Path.of(arguments[0]), "qcow2", OpenOptions.WRITABLE)) {
      for (int i = 0; i < STEPS; i++) {
        disk.apply(image, i);
        if (disk.flushes(i)) {
          System.out.println(i + 1);
        }
      }
    }
  }

  @Test
  void whatAKilledWriterFlushedIsThere() throws Exception {
    kill(8, 1);
  }

  @Tag("soak")
  @Test
  void whatHundredsOfKilledWritersFlushedIsThere() throws Exception {
    kill(300, 1000);
  }

  private void kill(int times, long seed) throws Exception {
    Random random = new Random(seed);
    int lateKills = 0;
    for (int i = 0; i < times; i++) {
      Path path = directory.resolve("disk%d.qcow2".formatted(i));
      Images.create(
          path,
          "qcow2",
          (long) SECTORS * StampedDisk.SECTOR,
          new CreateOptions(IMAGES.get(i % IMAGES.size())));
      int flushed = killAfter(random.nextInt(400), path, seed + i);
      lateKills += flushed > 0 ? 1 : 0;
      verify(path, seed + i, flushed);
    }
    assertTrue(lateKills > times / 2, "most writers were killed before their first flush");
  }

  /** The flushed steps of a writer that is killed a time after its first flush. */
  private static int killAfter(int millis, Path path, long seed) throws Exception {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                KillTest.class.getName(),
                path.toString(),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
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
    return flushed;
  }

  private static void verify(Path path, long seed, int flushed) throws IOException {
    if (QemuImg.installed()) {
      QemuImg.Outcome outcome = QemuImg.attempt("check", "-f", "qcow2", path);
      boolean dirty = outcome.output().contains("ERROR") && isDirty(path);
      assertTrue(outcome.status() == 0 || outcome.status() == 3 || dirty, outcome::output);
    }
    StampedDisk disk = new StampedDisk(seed, SECTORS, STEPS);
    if (!isDirty(path)) {
      try (BlockImage image = Images.open(path, "qcow2", OpenOptions.READ_ONLY)) {
        Result result = ((Checkable) image).check(Repair.NONE);
        assertEquals(0, result.corruptions(), () -> result.messages().toString());
      }
    }
    try (BlockImage image = Images.open(path, "qcow2", OpenOptions.WRITABLE)) {
      // The next flush may have ended without being told, but nothing after it has begun.
      int begun = flushed;
      while (begun < disk.size() && !disk.flushes(begun)) {
        begun++;
      }
      disk.verify(image, flushed, begun);
      assertEquals(0, ((Checkable) image).check(Repair.NONE).corruptions());
    }
  }

  private static boolean isDirty(Path path) throws IOException {
    try (var file = OpenOptions.READ_ONLY.files().open(path, OpenOptions.READ_ONLY)) {
      return Header.read(file).is(Header.DIRTY);
    }
  }
}
