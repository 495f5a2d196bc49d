package org.jvmm.cli.img;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** The same commands by qemu-img: output and status are equal. */
final class ImgBesideQemuTest {
  private record Outcome(int status, String out) {}

  @TempDir Path directory;

  @BeforeEach
  void qemuImg() {
    boolean installed =
        Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(each -> Files.isExecutable(Path.of(each, "qemu-img")));
    assumeTrue(installed, "qemu-img is not installed (Debian package qemu-utils)");
  }

  private Outcome ours(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int status =
        Img.run(args, new PrintStream(out, true), new PrintStream(new ByteArrayOutputStream()));
    return new Outcome(status, out.toString(StandardCharsets.UTF_8));
  }

  private Outcome qemu(String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of("qemu-img"));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return new Outcome(process.waitFor(), out);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private void assertSame(String... args) throws IOException {
    Outcome expected = qemu(args);
    Outcome actual = ours(args);
    assertEquals(expected.out(), actual.out(), () -> List.of(args).toString());
    assertEquals(expected.status(), actual.status(), () -> List.of(args).toString());
  }

  private String image(String format, String... options) throws IOException {
    byte[] bytes = new byte[4 << 20];
    new Random(2).nextBytes(bytes);
    Arrays.fill(bytes, 300_000, 3_000_000, (byte) 0);
    Files.write(directory.resolve("raw"), bytes);
    List<String> args = new ArrayList<>(List.of("convert", "-q", "-f", "raw", "-O", format));
    args.addAll(List.of(options));
    args.addAll(List.of(file("raw"), file("image")));
    assertEquals(0, qemu(args.toArray(new String[0])).status());
    return file("image");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "raw", "vdi"})
  void commitLeavesTheSameDisk(String format) throws IOException {
    String base = image(format);
    String overlay = file("overlay");
    assertEquals(
        0, ours("create", "-q", "-f", "qcow2", "-b", base, "-F", format, overlay).status());
    try (BlockImage image = Images.open(Path.of(overlay), null, OpenOptions.WRITABLE)) {
      byte[] bytes = new byte[900_000];
      new Random(3).nextBytes(bytes);
      image.write(200_000, ByteBuffer.wrap(bytes));
      image.writeZeroes(3 << 20, 100_000);
    }
    assertEquals(0, ours("convert", "-O", "raw", overlay, file("before")).status());
    assertEquals(new Outcome(0, "Image committed.\n"), ours("commit", "-d", overlay));
    assertEquals(0, qemu("compare", base, file("before")).status(), "the base has it");
    assertEquals(new Outcome(0, "Image committed.\n"), ours("commit", overlay));
    assertEquals(0, qemu("compare", overlay, file("before")).status(), "the disk is the same");
    assertEquals(
        List.of(),
        qemu("map", "--output=json", overlay)
            .out()
            .lines()
            .filter(line -> line.contains("\"depth\": 0"))
            .toList());
    assertEquals(0, qemu("check", overlay).status());
    assertEquals(1, ours("commit", overlay + "x").status());
    assertEquals(1, ours("commit", base).status(), "nothing is below it");
  }

  @ParameterizedTest
  @CsvSource({
    "raw, size=1G",
    "qcow2, size=1G",
    "qcow2, 'cluster_size=1M,size=3M,lazy_refcounts=on'",
    "qcow2, 'compat=0.10,size=3M'",
    "vmdk, size=5G",
    "vmdk, 'subformat=twoGbMaxExtentSparse,size=5G'",
    "vmdk, 'subformat=streamOptimized,adapter_type=lsilogic,size=5G'",
    "vdi, size=1000M",
    "vdi, 'static=on,size=5M'",
    "vpc, size=10G",
    "vpc, 'subformat=fixed,force_size=on,size=5M'"
  })
  void createSaysTheSame(String format, String options) throws IOException {
    assertSame("create", "-f", format, "-o", options, file("x." + format));
  }

  @ParameterizedTest
  @CsvSource({
    "raw, ",
    "qcow2, ",
    "qcow2, -c",
    "vmdk, ",
    "vdi, ",
    "vpc, ",
    "vmdk, '-o subformat=streamOptimized'",
    "vmdk, '-o subformat=twoGbMaxExtentFlat'"
  })
  void infoMapAndCheckSayTheSame(String format, String options) throws IOException {
    String image = image(format, options == null ? new String[0] : options.split(" "));
    assertSame("info", image);
    assertSame("info", "--output=json", image);
    if (!"-o subformat=twoGbMaxExtentFlat".equals(options)) {
      assertSame("map", "--output=json", image); // of holes in flat extents QEMU says data
    }
    assertSame("map", image);
    assertSame("check", image);
    assertSame("check", "--output=json", image);
    assertSame("compare", "-f", "raw", file("raw"), image);
  }

  /** The count of a cluster, in the one refcount block of a small image. */
  private void setRefcount(String image, long cluster, int count) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image, "rw")) {
      file.seek(48);
      file.seek(file.readLong());
      file.seek(file.readLong() + 2 * cluster);
      file.writeShort(count);
    }
  }

  @Test
  void leakedClustersAreStatusThreeAndAreMended() throws IOException {
    String image = image("qcow2");
    long clusters = Files.size(Path.of(image)) >> 16;
    try (RandomAccessFile file = new RandomAccessFile(image, "rw")) {
      file.setLength(clusters + 3 << 16);
    }
    setRefcount(image, clusters, 1);
    setRefcount(image, clusters + 2, 1);
    assertEquals(3, qemu("check", image).status());
    assertSame("check", image);
    assertSame("check", "--output=json", image);
    assertEquals(0, ours("check", "-r", "leaks", image).status());
    assertEquals(0, qemu("check", image).status());
  }

  @Test
  void aClusterInUseWithoutACountIsStatusTwoAndIsMended() throws IOException {
    String image = image("qcow2");
    setRefcount(image, 5, 0);
    assertEquals(2, qemu("check", image).status());
    assertSame("check", image);
    assertSame("check", "--output=json", image);
    assertEquals(0, ours("check", "-r", "all", image).status());
    assertEquals(0, qemu("check", image).status());
  }

  @Test
  void resizedAndSnapshotImagesAreToldTheSame() throws IOException {
    String image = image("qcow2");
    assertEquals(0, ours("snapshot", "-c", "first", image).status());
    assertEquals(0, ours("resize", image, "+1G").status());
    assertEquals(0, qemu("check", image).status());
    assertSame("snapshot", "-l", image);
    assertSame("info", "--output=json", image);
    assertSame("resize", image, "+512M");
    assertSame("resize", "--shrink", image, "-512M");
    assertEquals(0, qemu("snapshot", "-d", "first", image).status());
    assertSame("check", image);
  }

  @Test
  void aCopyOverABackingFileStoresWhatDiffers() throws IOException {
    String raw = file("raw");
    image("qcow2");
    byte[] changed = Files.readAllBytes(directory.resolve("raw"));
    changed[3_500_000] ^= 1;
    Files.write(directory.resolve("changed"), changed);
    String top = file("top");
    String[] backed = {"-O", "qcow2", "-B", raw, "-F", "raw"};
    List<String> args = new ArrayList<>(List.of("convert", "-f", "raw"));
    args.addAll(List.of(backed));
    args.addAll(List.of(file("changed"), top));
    assertEquals(0, ours(args.toArray(new String[0])).status());
    assertEquals(0, qemu("compare", "-f", "raw", "-F", "qcow2", file("changed"), top).status());
    assertSame("map", "--output=json", top);
    assertSame("check", top);
  }

  @Test
  void aChainOfBackingFilesIsToldTheSame() throws IOException {
    String base = image("qcow2");
    String top = file("top");
    assertEquals(
        0, qemu("create", "-q", "-f", "qcow2", "-b", "image", "-F", "qcow2", top).status());
    assertEquals(0, qemu("snapshot", "-c", "kept", top).status());
    assertSame("info", top);
    assertSame("info", "--output=json", "--backing-chain", top);
    assertSame("info", "--backing-chain", top);
    assertSame("map", "--output=json", top);
    assertSame("map", top);
    assertSame("snapshot", "-l", top);
    assertSame("compare", base, top);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vmdk", "vdi", "vpc"})
  void qemuFindsNothingWrongWithWhatWeConvert(String format) throws IOException {
    image("raw");
    String ours = file("ours");
    assertEquals(0, ours("convert", "-f", "raw", "-O", format, file("raw"), ours).status());
    assertEquals(0, qemu("compare", "-f", "raw", "-F", format, file("raw"), ours).status());
    assertEquals(format.equals("vpc") ? 63 : 0, qemu("check", "-f", format, ours).status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"zlib", "zstd"})
  void qemuReadsWhatWeCompress(String type) throws IOException {
    image("raw");
    String ours = file("ours");
    String option = "compression_type=" + type;
    assertEquals(0, ours("convert", "-c", "-O", "qcow2", "-o", option, file("raw"), ours).status());
    assertEquals(0, qemu("compare", "-f", "raw", "-F", "qcow2", file("raw"), ours).status());
    assertEquals(0, qemu("check", "-f", "qcow2", ours).status());
  }
}
