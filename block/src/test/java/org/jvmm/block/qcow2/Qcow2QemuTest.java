package org.jvmm.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Checkable;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.Checkable.Result;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Described;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.QemuImg;
import org.jvmm.block.Resizable;
import org.jvmm.block.Snapshots;

/** Images that go from QEMU's tool to this one and back. */
final class Qcow2QemuTest {
  private static final int SIZE = 3 << 20;

  @TempDir Path directory;
  private Path image;
  private Path raw;
  private byte[] content;

  @BeforeEach
  void prepare() throws IOException {
    QemuImg.assumeInstalled();
    image = directory.resolve("disk.qcow2");
    raw = directory.resolve("disk.raw");
    content = sparseContent(7);
    Files.write(raw, content);
  }

  /** Random bytes, text that compresses, and zeroes. */
  private static byte[] sparseContent(long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[SIZE];
    for (int at = 0; at < SIZE; at += 50_000) {
      int length = Math.min(50_000, SIZE - at);
      byte[] piece = new byte[length];
      int kind = random.nextInt(3);
      for (int i = 0; i < length && kind > 0; i++) {
        piece[i] =
            (byte) (kind == 1 ? random.nextInt() : "a line of text\n".charAt(i % 15) + i / 999);
      }
      System.arraycopy(piece, 0, bytes, at, length);
    }
    return bytes;
  }

  private static byte[] read(BlockImage disk) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) disk.size());
    disk.read(0, bytes);
    byte[] all = new byte[bytes.capacity()];
    bytes.flip().get(all);
    return all;
  }

  private BlockImage open(OpenOptions options) throws IOException {
    return Images.open(image, "qcow2", options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=0.10",
        "compat=1.1",
        "cluster_size=512",
        "cluster_size=2M",
        "cluster_size=512,refcount_bits=64",
        "refcount_bits=1",
        "refcount_bits=2",
        "refcount_bits=4",
        "refcount_bits=8",
        "refcount_bits=32",
        "lazy_refcounts=on",
        "preallocation=metadata",
        "preallocation=falloc",
        "preallocation=full"
      })
  void whatQemuConvertsReadsEqualAndChecksClean(String options) throws IOException {
    QemuImg.run("convert", "-f", "raw", "-O", "qcow2", "-o", options, raw, image);
    try (BlockImage disk = open(OpenOptions.READ_ONLY)) {
      assertArrayEquals(content, read(disk));
      assertSameCheck(((Checkable) disk).check(Repair.NONE));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=0.10",
        "cluster_size=512",
        "cluster_size=2M",
        "compression_type=zstd",
        "compression_type=zstd,cluster_size=4k",
        "refcount_bits=1"
      })
  void whatQemuCompressesReadsEqualAndChecksClean(String options) throws IOException {
    QemuImg.run("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, raw, image);
    try (BlockImage disk = open(OpenOptions.READ_ONLY)) {
      assertArrayEquals(content, read(disk));
      assertSameCheck(((Checkable) disk).check(Repair.NONE));
    }
  }

  /** The figures that {@code qemu-img check} prints are ours too. */
  private void assertSameCheck(Result result) throws IOException {
    String json = QemuImg.attempt("check", "-U", "-f", "qcow2", "--output=json", image).output();
    assertEquals(number(json, "corruptions"), result.corruptions(), () -> json + result);
    assertEquals(number(json, "leaks"), result.leaks(), () -> json + result);
    assertEquals(number(json, "total-clusters"), result.totalClusters(), json);
    assertEquals(number(json, "allocated-clusters"), result.allocatedClusters(), json);
    assertEquals(number(json, "compressed-clusters"), result.compressedClusters(), json);
    assertEquals(number(json, "fragmented-clusters"), result.fragmentedClusters(), json);
    assertEquals(number(json, "image-end-offset"), result.imageEnd(), json);
  }

  private static long number(String json, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\": ([0-9]+)").matcher(json);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  @ParameterizedTest
  @CsvSource({
    "zlib, 65536",
    "zlib, 512",
    "zlib, 2097152",
    "zstd, 65536",
    "zstd, 512",
    "zstd, 2097152"
  })
  void whatIsPackedHereQemuReadsEqual(String type, String clusterSize) throws IOException {
    Map<String, String> options = Map.of("compression_type", type, "cluster_size", clusterSize);
    Images.create(image, "qcow2", SIZE, new CreateOptions(options));
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      CompressedWriter writer = (CompressedWriter) disk;
      int unit = writer.compressedUnit();
      ByteBuffer plain = ByteBuffer.allocateDirect(unit);
      ByteBuffer packed = ByteBuffer.allocateDirect(unit);
      try (CompressedWriter.Packer packer = writer.packer()) {
        for (int at = 0; at < SIZE; at += unit) {
          plain.clear().put(content, at, Math.min(unit, SIZE - at));
          while (plain.hasRemaining()) {
            plain.put((byte) 0);
          }
          if (packer.pack(plain.flip(), packed.clear())) {
            writer.writePacked(at, packed.flip());
          } else {
            plain.clear().limit(Math.min(unit, SIZE - at));
            disk.write(at, plain);
          }
        }
      }
      assertArrayEquals(content, read(disk));
    }
    QemuImg.run("compare", "-f", "qcow2", "-F", "raw", image, raw);
    QemuImg.run("check", "-f", "qcow2", image);
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      Result result = ((Checkable) disk).check(Repair.NONE);
      assertTrue(result.compressedClusters() > 0);
      assertTrue(result.clean(), result::toString);
    }
  }

  @Test
  void overwritingPackedClustersLeavesNoLeak() throws IOException {
    QemuImg.run("convert", "-c", "-f", "raw", "-O", "qcow2", raw, image);
    Random random = new Random(3);
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      for (int i = 0; i < 100; i++) {
        int length = 1 + random.nextInt(100_000);
        int offset = random.nextInt(SIZE - length);
        disk.write(offset, ByteBuffer.wrap(content, 0, length));
        System.arraycopy(content, 0, content, offset, length);
      }
    }
    Files.write(raw, content);
    QemuImg.run("compare", "-f", "qcow2", "-F", "raw", image, raw);
    QemuImg.run("check", "-f", "qcow2", image);
  }

  @ParameterizedTest
  @CsvSource({"raw, 1.1", "qcow2, 1.1", "raw, 0.10", "qcow2, 0.10"})
  void anOverlayReadsThroughToItsBackingFile(String format, String compat) throws IOException {
    Path base = directory.resolve("base.img");
    QemuImg.run("convert", "-f", "raw", "-O", format, raw, base);
    Map<String, String> options =
        Map.of("backing_file", "base.img", "backing_fmt", format, "compat", compat);
    Images.create(image, "qcow2", SIZE + (1 << 20), new CreateOptions(options));
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      disk.write(100_000, ByteBuffer.allocate(10_000).put(0, (byte) 9));
      disk.writeZeroes(1 << 20, 1 << 20);
      disk.discard(2 << 20, 1 << 19);
      disk.write(SIZE - 10, ByteBuffer.wrap(new byte[20]));
      assertEquals(base.toRealPath(), ((Described) disk).backingPath().toRealPath());
      Path now = Files.write(directory.resolve("now.raw"), read(disk));
      disk.flush();
      QemuImg.run("compare", "-U", "-f", "qcow2", "-F", "raw", image, now);
    }
    QemuImg.run("check", "-f", "qcow2", image);
    assertTrue(QemuImg.run("info", image).contains("backing file: base.img"));
  }

  @Test
  void anOverlayOfQemusReadsEqual() throws IOException {
    QemuImg.run("create", "-f", "qcow2", "-b", "disk.raw", "-F", "raw", image);
    try (BlockImage disk = open(OpenOptions.READ_ONLY)) {
      assertArrayEquals(content, read(disk));
      assertEquals(1, disk.extent(0).depth());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.10", "1.1"})
  void snapshotsGoBothWays(String compat) throws IOException {
    QemuImg.run("convert", "-f", "raw", "-O", "qcow2", "-o", "compat=" + compat, raw, image);
    QemuImg.run("snapshot", "-c", "theirs", image);
    byte[] later;
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      disk.write(70_000, ByteBuffer.wrap(content, 0, 200_000));
      ((Snapshots) disk).createSnapshot("ours");
      later = read(disk);
      disk.write(0, ByteBuffer.wrap(content, 500_000, 300_000));
      assertEquals(
          List.of("theirs", "ours"),
          ((Snapshots) disk).snapshots().stream().map(Snapshots.Info::name).toList());
      assertTrue(((Checkable) disk).check(Repair.NONE).clean());
    }
    QemuImg.run("check", "-f", "qcow2", image);
    assertTrue(QemuImg.run("snapshot", "-l", image).contains("ours"));
    try (BlockImage disk = open(OpenOptions.READ_ONLY.withSnapshot("theirs"))) {
      assertArrayEquals(content, read(disk));
    }
    Path now = directory.resolve("now.raw");
    QemuImg.run("convert", "-l", "ours", "-O", "raw", image, now);
    assertArrayEquals(later, Files.readAllBytes(now));

    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      ((Snapshots) disk).applySnapshot("theirs");
      assertArrayEquals(content, read(disk));
      ((Snapshots) disk).deleteSnapshot("ours");
      disk.write(12345, ByteBuffer.wrap(content, 0, 99));
      ((Snapshots) disk).deleteSnapshot("1");
      assertEquals(List.of(), ((Snapshots) disk).snapshots());
      Result result = ((Checkable) disk).check(Repair.NONE);
      assertTrue(result.clean(), result::toString);
    }
    QemuImg.run("check", "-f", "qcow2", image);
  }

  @ParameterizedTest
  @CsvSource({"512, off", "512, metadata", "65536, off", "65536, falloc", "4096, full"})
  void aDiskGrowsAndShrinks(String clusterSize, String preallocation) throws IOException {
    QemuImg.run(
        "convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=" + clusterSize, raw, image);
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      ((Resizable) disk).resize(3 * SIZE, preallocation);
      disk.write(2 * SIZE, ByteBuffer.wrap(content));
    }
    QemuImg.run("check", "-f", "qcow2", image);
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      ((Resizable) disk).resize(SIZE + 512, "off");
      ((Resizable) disk).resize(SIZE + (1 << 20), "off");
    }
    QemuImg.run("check", "-f", "qcow2", image);
    // Longer by zeroes only, which compare allows.
    QemuImg.run("compare", "-f", "qcow2", "-F", "raw", image, raw);
  }

  @Test
  void aLargeDiskOfSmallClustersGetsItsTables() throws IOException {
    Map<String, String> options = Map.of("cluster_size", "512", "refcount_bits", "64");
    Images.create(image, "qcow2", 10L << 30, new CreateOptions(options));
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      disk.write((10L << 30) - 512, ByteBuffer.allocate(512).put(0, (byte) 1));
      disk.write(5L << 30, ByteBuffer.wrap(content));
    }
    QemuImg.run("check", "-f", "qcow2", image);
  }

  @Test
  void whatIsWrongIsCountedAsQemuCountsItAndMended() throws IOException {
    QemuImg.run("convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k", raw, image);
    Random random = new Random(5);
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(48);
      file.seek(file.readLong());
      long block = file.readLong();
      for (int i = 0; i < 20; i++) {
        file.seek(block + 2 * random.nextInt(1000));
        file.writeShort(random.nextInt(3));
      }
    }
    try (BlockImage disk = open(OpenOptions.READ_ONLY)) {
      Result result = ((Checkable) disk).check(Repair.NONE);
      assertTrue(result.corruptions() > 0 && result.leaks() > 0);
      assertSameCheck(result);
    }
    try (BlockImage disk = open(OpenOptions.WRITABLE.withRepair(true))) {
      assertTrue(((Checkable) disk).check(Repair.ALL).clean());
    }
    QemuImg.run("check", "-f", "qcow2", image);
    QemuImg.run("compare", "-f", "qcow2", "-F", "raw", image, raw);
  }

  @Test
  void brokenRefcountStructuresAreMadeAnew() throws IOException {
    QemuImg.run("convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=512", raw, image);
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(48);
      file.seek(file.readLong());
      file.writeLong(0x1234_5678_9000L);
      file.writeLong(77);
      file.writeLong(0);
    }
    try (BlockImage disk = open(OpenOptions.WRITABLE.withRepair(true))) {
      Result result = ((Checkable) disk).check(Repair.ALL);
      assertTrue(result.clean() && result.corruptionsFixed() > 0, result::toString);
    }
    QemuImg.run("check", "-f", "qcow2", image);
    QemuImg.run("compare", "-f", "qcow2", "-F", "raw", image, raw);
  }

  @Test
  void whatIsNotSupportedIsRefusedByName() throws IOException {
    QemuImg.run("create", "-f", "qcow2", "-o", "extended_l2=on", image, "1M");
    assertRefused("extended L2");
    QemuImg.run(
        "create", "-f", "qcow2", "-o", "data_file=" + directory.resolve("data"), image, "1M");
    assertRefused("external data file");
    QemuImg.run("create", "-f", "qcow2", image, "1M");
    // By hand: qemu-img times its key derivation, which fails by chance where it takes no time.
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(32); // crypt_method
      file.writeInt(2);
    }
    assertRefused("LUKS");
  }

  private void assertRefused(String reason) {
    ImageException refused = assertThrows(ImageException.class, () -> open(OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains(reason), refused::getMessage);
  }

  @Test
  void qemuAndThisWriterSeeEachOthersLocks() throws IOException {
    Images.create(image, "qcow2", SIZE, new CreateOptions(Map.of()));
    try (BlockImage disk = open(OpenOptions.WRITABLE)) {
      disk.flush();
      QemuImg.Outcome refused = QemuImg.attempt("snapshot", "-c", "x", image);
      assertEquals(1, refused.status());
      assertTrue(refused.output().contains("lock"), refused::output);
    }
    Process io =
        new ProcessBuilder("qemu-io", "-f", "qcow2", image.toString())
            .redirectErrorStream(true)
            .start();
    try {
      // Its prompt: the image is open.
      assertTrue(io.getInputStream().read() >= 0);
      ImageException taken = assertThrows(ImageException.class, () -> open(OpenOptions.WRITABLE));
      assertTrue(taken.getMessage().contains("another process"), taken::getMessage);
      assertThrows(ImageException.class, () -> open(OpenOptions.READ_ONLY));
      open(OpenOptions.READ_ONLY.withLocked(false)).close();
    } finally {
      io.destroy();
    }
  }

  @Test
  void aCycleOfBackingFilesIsRefused() throws IOException {
    QemuImg.run("create", "-u", "-f", "qcow2", "-b", "b.qcow2", "-F", "qcow2", image, "1M");
    Path other = directory.resolve("b.qcow2");
    QemuImg.run("create", "-u", "-f", "qcow2", "-b", image, "-F", "qcow2", other, "1M");
    assertRefused("cycle");
    QemuImg.run("create", "-u", "-f", "qcow2", "-b", "disk.qcow2", "-F", "qcow2", image, "1M");
    assertRefused("cycle");
    QemuImg.run("create", "-u", "-f", "qcow2", "-b", "nbd:host", "-F", "raw", image, "1M");
    assertRefused("only files");
    QemuImg.run("create", "-u", "-f", "qcow2", "-b", "absent", "-F", "raw", image, "1M");
    assertRefused("absent");
  }
}
