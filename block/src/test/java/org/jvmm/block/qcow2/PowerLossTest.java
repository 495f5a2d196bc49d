package org.jvmm.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.Checkable.Result;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.MemoryFile;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.QemuImg;
import org.jvmm.block.StampedDisk;

/**
 * Whatever the moment at which the power goes: what was flushed is there, and nothing is corrupt.
 */
final class PowerLossTest {
  private static final int SECTORS = 1999;
  private static final int ROOM = 64 << 20;

  @TempDir Path directory;

  static List<Map<String, String>> images() {
    return List.of(
        Map.of(),
        Map.of("cluster_size", "4k"),
        Map.of("cluster_size", "512"),
        Map.of("cluster_size", "512", "refcount_bits", "64"),
        Map.of("cluster_size", "1k", "compat", "0.10"),
        Map.of("cluster_size", "4k", "preallocation", "metadata"),
        Map.of("cluster_size", "4k", "lazy_refcounts", "on"));
  }

  @ParameterizedTest
  @MethodSource("images")
  void aNewImageKeepsWhatWasFlushed(Map<String, String> options) throws IOException {
    loseThePower(1, options, 120, 60, false);
  }

  @ParameterizedTest
  @MethodSource("images")
  void anImageWithASnapshotKeepsWhatWasFlushed(Map<String, String> options) throws IOException {
    loseThePower(2, options, 120, 60, true);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("images")
  void manySequencesKeepWhatWasFlushed(Map<String, String> options) throws IOException {
    for (int seed = 10; seed < 60; seed++) {
      loseThePower(seed, options, 400, 200, seed % 2 == 0);
    }
  }

  private void loseThePower(
      long seed, Map<String, String> options, int count, int losses, boolean snapshot)
      throws IOException {
    MemoryFile file = new MemoryFile(ROOM);
    new Qcow2Format().create(file, (long) SECTORS * StampedDisk.SECTOR, new CreateOptions(options));
    StampedDisk disk = new StampedDisk(seed, SECTORS, count);
    Random random = new Random(seed);
    int begin = count / 3;
    Qcow2Image image = Qcow2Image.open(file, OpenOptions.WRITABLE);
    for (int i = 0; i < begin; i++) {
      disk.apply(image, i);
    }
    if (snapshot) {
      image.createSnapshot("before");
    }
    image.close();

    byte[] before = file.content();
    file.startLog();
    image = Qcow2Image.open(file, OpenOptions.WRITABLE);
    List<Integer> ends = new ArrayList<>();
    for (int i = begin; i < count; i++) {
      disk.apply(image, i);
      ends.add(file.logged());
    }
    image.close();
    for (int i = 0; i < losses; i++) {
      int changes = random.nextInt(file.logged() + 1);
      int flushed = begin;
      int begun = begin;
      for (int j = 0; j < ends.size() && ends.get(j) <= changes; j++) {
        begun = begin + j + 1;
        flushed = disk.flushes(begin + j) ? begun : flushed;
      }
      Random which = i % 4 == 0 ? null : random;
      String loss = "seed %d %s, %d changes, %d".formatted(seed, options, changes, i);
      MemoryFile lost = file.after(before, changes, which);
      verify(lost, disk, flushed, Math.min(count, begun + 1), loss, i % 20 == 1);
    }
  }

  private void verify(
      MemoryFile lost, StampedDisk disk, int flushed, int begun, String loss, boolean askQemu)
      throws IOException {
    if (askQemu && QemuImg.installed()) {
      Path path = Files.write(directory.resolve("lost.qcow2"), lost.content());
      QemuImg.Outcome outcome = QemuImg.attempt("check", "-f", "qcow2", path);
      boolean dirty = Header.read(lost).is(Header.DIRTY);
      assertTrue(
          outcome.status() == 0 || outcome.status() == 3 || dirty,
          () -> loss + ": " + outcome.output());
    }
    try (Qcow2Image image = Qcow2Image.open(lost, OpenOptions.WRITABLE.withRepair(true))) {
      if (!Header.read(lost).is(Header.DIRTY)) {
        Result result = image.check(Repair.NONE);
        assertEquals(0, result.corruptions(), () -> loss + ": " + result.messages());
      }
      Result repaired = image.check(Repair.ALL);
      assertTrue(repaired.clean(), () -> loss + ": " + repaired.messages());
      try {
        disk.verify(image, flushed, begun);
      } catch (AssertionError e) {
        throw new AssertionError(loss + ": " + e.getMessage(), e);
      }
      // It can be used again.
      image.write(0, ByteBuffer.allocate(100_000));
      image.flush();
      Result after = image.check(Repair.NONE);
      assertTrue(after.clean(), () -> loss + ": " + after.messages());
    }
  }

  @Test
  void withoutSyncsTheTestSeesCorruption() throws IOException {
    MemoryFile file = new MemoryFile(ROOM);
    new Qcow2Format().create(file, 1 << 20, new CreateOptions(Map.of("cluster_size", "4k")));
    byte[] before = file.content();
    file.startLog();
    file.stopSyncs();
    StampedDisk disk = new StampedDisk(3, 2048, 100);
    try (Qcow2Image image = Qcow2Image.open(file, OpenOptions.WRITABLE)) {
      for (int i = 0; i < disk.size(); i++) {
        disk.apply(image, i);
      }
    }
    Random random = new Random(4);
    long corruptions = 0;
    for (int i = 0; i < 50; i++) {
      MemoryFile lost = file.after(before, random.nextInt(file.logged()), random);
      corruptions += new Checker(lost, Header.read(lost)).check(Repair.NONE).corruptions();
    }
    assertTrue(corruptions > 0);
  }
}
