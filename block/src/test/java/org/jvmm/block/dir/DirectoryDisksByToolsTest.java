package org.jvmm.block.dir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.convert.CopyOptions;
import org.jvmm.block.convert.ImageCopy;

/** Directories as disks, read by other people's programs. */
final class DirectoryDisksByToolsTest {
  private static final long PARTITION = 63 * 512;

  @TempDir Path directory;
  private Path tree;
  private Path image;
  private Path out;

  @BeforeEach
  void fill() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
    out = Files.createDirectory(directory.resolve("out"));
    image = directory.resolve("image");
    put("README.TXT", 6);
    put("a long name with spaces.text", 70_000);
    put("empty", 0);
    put("longname-1.txt", 1);
    put("longname-2.txt", 2);
    put("LONGNA~1.TXT", 3);
    put("sub/deeper/äöü/leaf.bin", 300_001);
    put("d".repeat(100) + "/b/c/d/e/f/g/h/i/j/leaf", 5000);
    put("sub/" + "n".repeat(200) + ".x", 12);
    put("large.bin", 5 << 20);
    for (int i = 0; i < 300; i++) {
      put("many/file number %d.txt".formatted(i), 20);
    }
  }

  private void put(String name, int size) throws IOException {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    Path path = tree.resolve(name);
    Files.createDirectories(path.getParent());
    Files.write(path, content);
  }

  private void makeImage(String kind) throws IOException {
    try (BlockImage disk = Images.open(kind + ":" + tree, null, OpenOptions.READ_ONLY)) {
      Images.create(image, "raw", disk.size(), new CreateOptions(Map.of()));
      try (BlockImage copy = Images.open(image, "raw", OpenOptions.WRITABLE)) {
        var options = new CopyOptions(false, 1, 4096, true, false);
        ImageCopy.run(List.of(disk), copy, options, done -> {});
      }
    }
  }

  /** A program's path; ends the test, with the reason, where it is not installed. */
  private static String installed(String program, String debianPackage) {
    Optional<Path> found =
        Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
            .map(each -> Path.of(each, program))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        found.isPresent(), program + " is not installed (Debian package " + debianPackage + ")");
    return found.get().toString();
  }

  private void execute(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> Arrays.toString(command) + ": " + said);
  }

  private static Map<String, byte[]> files(Path root) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(each).toString(), Files.readAllBytes(each));
      }
    }
    return files;
  }

  private void assertTreesAreEqual() throws IOException {
    Map<String, byte[]> expected = files(tree);
    Map<String, byte[]> actual = files(out);
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
  }

  @Test
  void mtoolsCopiesEverythingOffTheFatDisk() throws IOException, InterruptedException {
    String mcopy = installed("mcopy", "mtools");
    makeImage("fat");
    execute(mcopy, "-s", "-m", "-n", "-i", image + "@@" + PARTITION, "::*", out + "/");
    assertTreesAreEqual();
  }

  @Test
  void fsckFindsNothingWrongWithTheFatDisk() throws IOException, InterruptedException {
    String fsck = installed("fsck.vfat", "dosfstools");
    makeImage("fat");
    Path partition = directory.resolve("partition");
    try (var from = Files.newByteChannel(image);
        var to = Files.newOutputStream(partition)) {
      Channels.newInputStream(from.position(PARTITION)).transferTo(to);
    }
    execute(fsck, "-n", partition.toString());
  }

  @Test
  void xorrisoExtractsEverythingFromTheCd() throws IOException, InterruptedException {
    String xorriso = installed("xorriso", "xorriso");
    makeImage("iso");
    execute(
        xorriso,
        "-osirrox",
        "on",
        "-indev",
        image.toString(),
        "-extract",
        "/",
        out.toString(),
        "-rollback_end");
    assertTreesAreEqual();
    execute("chmod", "-R", "u+w", out.toString());
  }
}
