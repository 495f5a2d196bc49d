package org.jvmm.cli.img;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** The commands without another implementation beside them. */
final class ImgTest {
  @TempDir Path directory;
  private String out;
  private String err;

  private int img(String... args) {
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    int status = Img.run(args, new PrintStream(outBytes, true), new PrintStream(errBytes, true));
    out = outBytes.toString(StandardCharsets.UTF_8);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return status;
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private void assertOk(String... args) {
    assertEquals(0, img(args), () -> List.of(args) + ": " + err);
  }

  @Test
  void createOfTheOldReportsRunsAsItStands() {
    assertOk("create", "-f", "qcow2", file("xp.img"), "10G");
    assertEquals(
        ("Formatting '%s', fmt=qcow2 cluster_size=65536 extended_l2=off compression_type=zlib"
                + " size=10737418240 lazy_refcounts=off refcount_bits=16\n")
            .formatted(file("xp.img")),
        out);
    assertOk("info", file("xp.img"));
    assertTrue(out.contains("virtual size: 10 GiB (10737418240 bytes)"), out);
  }

  @ParameterizedTest
  @CsvSource({
    "frob, unknown command 'frob'",
    "inof, did you mean 'info'?",
    "create -f qcow3 x 1M, qcow2",
    "create -f qcow2 x, Image creation needs a size parameter",
    "create -f raw x 1Q, size=1Q",
    "create -f qcow2 -o clustersize=1 x 1M, cluster_size",
    "info --ouput=json x, did you mean '--output'?",
    "info nowhere, nowhere",
    "info, FILE is missing: img info FILE",
    "info x a, is one too many",
    "convert -m 17 x a, 1 to 16",
    "convert -f, needs a value",
    "convert --target-is-zero=1 x a, takes no value",
    "snapshot -l -d b x, at a time",
    "info --output=xml x, human or json",
    "info fat:nowhere, nowhere",
    "resize x 1M, x",
    "convert --target-is-zero a b, -n flag",
    "convert -S 100 a b, a",
    "check -r some x, leaks or all",
    "create -f raw fat:rw:x/y 1M, No such file",
  })
  void aMistakeIsOneLineAndStatusOne(String command, String hint) {
    String[] args = command.split(" ");
    for (int i = 0; i < args.length; i++) {
      args[i] = args[i].matches("x|a|b|nowhere") ? file(args[i]) : args[i];
    }
    assertEquals(1, img(args));
    assertTrue(err.startsWith("jvmm img: ") && err.contains(hint), err);
    assertEquals(1, err.lines().count(), err);
  }

  @Test
  void compareFailsWithStatusTwoAndDiffersWithOne() throws IOException {
    byte[] bytes = new byte[1 << 20];
    Files.write(directory.resolve("a"), bytes);
    bytes[70_000] = 1;
    Files.write(directory.resolve("b"), bytes);
    assertEquals(2, img("compare", file("a"), file("nowhere")));
    assertEquals(1, img("compare", "-f", "raw", "-F", "raw", file("a"), file("b")));
    assertEquals("Content mismatch at offset 69632!\n", out);
    assertEquals(0, img("compare", "-f", "raw", "-F", "raw", file("a"), file("a")));
    assertEquals("Images are identical.\n", out);
  }

  @Test
  void aStrictComparisonMindsTheSize() throws IOException {
    Files.write(directory.resolve("a"), new byte[1 << 20]);
    Files.write(directory.resolve("b"), new byte[1 << 21]);
    assertEquals(1, img("compare", "-s", file("a"), file("b")));
    assertEquals(0, img("compare", file("a"), file("b")));
    assertTrue(out.startsWith("Warning: Image size mismatch!\n"), out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vmdk", "vdi", "raw"})
  void convertGoesThereAndBack(String format) throws IOException {
    byte[] bytes = new byte[3 << 20];
    new Random(1).nextBytes(bytes);
    Arrays.fill(bytes, 500_000, 2_000_000, (byte) 0);
    Files.write(directory.resolve("a"), bytes);
    assertOk("convert", "-f", "raw", "-O", format, file("a"), file("b"));
    assertOk("convert", "-q", "-O", "raw", "-f", format, file("b"), file("c"));
    assertEquals(-1, Files.mismatch(directory.resolve("a"), directory.resolve("c")));
  }

  @Test
  void aFailedConvertLeavesNoTarget() throws IOException {
    Files.write(directory.resolve("a"), new byte[1 << 20]);
    assertEquals(1, img("convert", "-c", "-O", "raw", file("a"), file("b")));
    assertFalse(Files.exists(directory.resolve("b")));
  }

  @Test
  void aMistakeInAnOptionLeavesNoFile() {
    assertEquals(1, img("create", "-f", "qcow2", "-o", "foo=1", file("x"), "1M"));
    assertFalse(Files.exists(directory.resolve("x")));
  }

  @Test
  void anImageInUseIsNeitherOverwrittenNorRemoved() throws IOException {
    Files.write(directory.resolve("a"), new byte[1 << 20]);
    Files.write(directory.resolve("used"), new byte[1 << 20]);
    try (BlockImage used = Images.open(directory.resolve("used"), "raw", OpenOptions.WRITABLE)) {
      assertEquals(1, img("convert", "-O", "qcow2", file("a"), file("used")));
      assertTrue(err.contains("used: another process"), err);
      assertEquals(1, img("create", "-f", "qcow2", file("used"), "1G"));
      assertEquals(1, img("convert", "-O", "raw", "-f", "raw", file("used"), file("b")));
      assertOk("info", "-U", file("used"));
      assertEquals(1 << 20, used.size());
    }
    assertEquals(1 << 20, Files.size(directory.resolve("used")));
  }

  @Test
  void aMistakeInAnOptionLeavesTheOldFileAsItWas() throws IOException {
    Files.write(directory.resolve("a"), new byte[1 << 20]);
    Files.write(directory.resolve("old"), new byte[1 << 20]);
    assertEquals(1, img("convert", "-O", "qcow2", "-o", "foo=1", file("a"), file("old")));
    assertEquals(1, img("create", "-f", "qcow2", "-o", "cluster_size=3", file("old"), "1M"));
    assertEquals(1 << 20, Files.size(directory.resolve("old")));
  }

  @Test
  void switchesStandTogetherAndValuesJoined() throws IOException {
    Files.write(directory.resolve("a"), new byte[1 << 20]);
    assertOk("convert", "-qcOqcow2", "-fraw", file("a"), file("b"));
    assertOk("info", "--output", "json", "--", file("b"));
    assertTrue(out.contains("\"format\": \"qcow2\""), out);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"check", "compare", "convert", "create", "info", "map", "resize", "snapshot"})
  void helpTeachesWithAnExampleThatParses(String command) throws ImageException {
    assertOk(command, "--help");
    assertTrue(out.startsWith("usage: jvmm img " + command + " "), out);
    String usage = out.substring("usage: jvmm img ".length());
    String example = usage.substring(usage.indexOf("example: jvmm img ")).lines().toList().get(0);
    String[] words = example.substring(("example: jvmm img " + command + " ").length()).split(" ");
    assertTrue(Arguments.parse(usage, words).operand(0) != null, example);
  }

  @Test
  void convertOntoItselfIsRefused() throws IOException {
    Files.write(directory.resolve("a"), new byte[1 << 20]);
    assertEquals(1, img("convert", "-O", "qcow2", file("a"), file("a")));
    assertEquals(1 << 20, Files.size(directory.resolve("a")));
  }

  @Test
  void convertIntoAnExistingImageKeepsIt() throws IOException {
    byte[] bytes = new byte[1 << 20];
    bytes[5] = 5;
    Files.write(directory.resolve("a"), bytes);
    assertOk("create", "-q", "-f", "qcow2", file("b"), "2M");
    assertOk("convert", "-n", "-f", "raw", "-O", "qcow2", file("a"), file("b"));
    assertOk("compare", "-f", "raw", "-F", "qcow2", file("a"), file("b"));
  }

  @Test
  void resizeAddsAndShrinksOnlyWhenTold() {
    assertOk("create", "-q", "-f", "qcow2", file("a"), "10M");
    assertOk("resize", file("a"), "+10M");
    assertEquals("Image resized.\n", out);
    assertEquals(1, img("resize", file("a"), "-5M"));
    assertTrue(err.contains("--shrink"), err);
    assertOk("resize", "--shrink", file("a"), "-5M");
    assertOk("info", "--output=json", file("a"));
    assertTrue(out.contains("\"virtual-size\": 15728640,"), out);
  }

  @Test
  void snapshotsAreKeptListedAppliedAndForgotten() {
    assertOk("create", "-q", "-f", "qcow2", file("a"), "10M");
    assertOk("snapshot", "-c", "first", file("a"));
    assertOk("snapshot", "-l", file("a"));
    assertTrue(out.startsWith("Snapshot list:\nID        TAG "), out);
    assertTrue(out.contains("\n1         first  "), out);
    assertOk("snapshot", "-a", "first", file("a"));
    assertOk("snapshot", "-d", "first", file("a"));
    assertOk("snapshot", "-l", file("a"));
    assertEquals("", out);
    assertEquals(1, img("snapshot", "-d", "first", file("a")));
  }

  @Test
  void aFormatThatCannotBeCheckedIsStatus63() throws IOException {
    Files.write(directory.resolve("a"), new byte[512]);
    assertEquals(63, img("check", "-f", "raw", file("a")));
  }

  @Test
  void aDirectoryIsShownAsADisk() throws IOException {
    Files.writeString(directory.resolve("hello.txt"), "hello");
    assertOk("info", "iso:" + directory);
    assertTrue(out.contains("file format: iso\n"), out);
    assertEquals(1, img("info", "fat:rw:" + directory));
    assertTrue(err.contains("read-only"), err);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 0.977 KiB",
    "4096, 4 KiB",
    "200704, 196 KiB",
    "1265664, 1.21 MiB",
    "10737418240, 10 GiB",
    "9223372036854775807, 8 EiB"
  })
  void sizesHaveThreeDigits(long bytes, String text) {
    assertEquals(text, ByteCount.of(bytes));
  }
}
