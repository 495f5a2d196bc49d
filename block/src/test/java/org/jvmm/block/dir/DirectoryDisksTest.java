package org.jvmm.block.dir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** Directories as disks, read back from the sectors. */
final class DirectoryDisksTest {
  @TempDir Path directory;

  private final Map<String, byte[]> expected = new TreeMap<>();
  private final Random random = new Random(3);

  @BeforeEach
  void fill() throws IOException {
    put("README.TXT", 6);
    put("a long name with spaces.text", 70_000);
    put("empty", 0);
    put("sub/deeper/äöü/leaf.bin", 300_001);
    put("sub/" + "n".repeat(200) + ".x", 12);
    for (int i = 0; i < 300; i++) {
      put("many/file number %d.txt".formatted(i), 20);
    }
  }

  private void put(String name, int size) throws IOException {
    byte[] content = new byte[size];
    random.nextBytes(content);
    Path path = directory.resolve(name);
    Files.createDirectories(path.getParent());
    Files.write(path, content);
    expected.put(name, content);
  }

  private BlockImage open(String kind) throws IOException {
    return Images.open(kind + ":" + directory, null, OpenOptions.READ_ONLY);
  }

  private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> files) {
    assertEquals(expected.keySet(), files.keySet());
    expected.forEach((name, content) -> assertArrayEquals(content, files.get(name), name));
  }

  @Test
  void theFatDiskHoldsTheFilesByTheirLongNames() throws IOException {
    try (BlockImage disk = open("fat")) {
      FatReader reader = new FatReader(disk);
      assertFalse(reader.fat32);
      assertSame(expected, reader.files());
    }
  }

  @Test
  void whatFat16CannotHoldBecomesFat32() throws IOException {
    Path sparse = directory.resolve("large.bin");
    try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
      file.setLength(3L << 30);
    }
    try (BlockImage disk = open("fat")) {
      assertTrue(new FatReader(disk).fat32);
      assertTrue(disk.size() > 3L << 30);
      Files.delete(sparse);
    }
    put("small", 3);
  }

  @Test
  void theCdHoldsTheFilesByRockRidge() throws IOException {
    try (BlockImage disk = open("iso")) {
      assertSame(expected, new IsoReader(disk, false).files());
    }
  }

  @Test
  void theCdHoldsTheFilesByJolietWithNamesCutAtSixtyFour() throws IOException {
    expected.put("sub/" + "n".repeat(62), expected.remove("sub/" + "n".repeat(200) + ".x"));
    try (BlockImage disk = open("iso")) {
      assertSame(expected, new IsoReader(disk, true).files());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fat", "iso"})
  void namesThatDifferOnlyInCaseStayApart(String kind) throws IOException {
    put("Same", 1);
    put("same", 2);
    try (BlockImage disk = open(kind)) {
      var files =
          kind.equals("fat") ? new FatReader(disk).files() : new IsoReader(disk, false).files();
      assertEquals(expected.size(), files.size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fat", "iso"})
  void sizesStayAsTheyWereWhenTheDiskWasOpened(String kind) throws IOException {
    try (BlockImage disk = open(kind)) {
      byte[] before = Files.readAllBytes(directory.resolve("README.TXT"));
      Files.write(directory.resolve("README.TXT"), Arrays.copyOf(before, 2));
      Files.write(directory.resolve("empty"), new byte[5000]);
      expected.put("README.TXT", new byte[] {before[0], before[1], 0, 0, 0, 0});
      assertSame(
          expected,
          kind.equals("fat") ? new FatReader(disk).files() : new IsoReader(disk, false).files());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fat", "iso"})
  void linksInACircleAreRefused(String kind) throws IOException {
    Files.createSymbolicLink(directory.resolve("sub/back"), directory);
    ImageException refused = assertThrows(ImageException.class, () -> open(kind));
    assertTrue(refused.getMessage().contains("circle"), refused::getMessage);
  }

  @Test
  void aWritableDirectoryIsRefusedInOneLine() {
    ImageException refused =
        assertThrows(
            ImageException.class,
            () -> Images.open("fat:rw:" + directory, null, OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains("read-only"), refused::getMessage);
    assertThrows(
        ImageException.class, () -> Images.open("fat:" + directory, null, OpenOptions.WRITABLE));
  }

  @Test
  void whatIsNoDirectoryIsRefused() {
    assertThrows(
        ImageException.class,
        () -> Images.open("iso:" + directory.resolve("empty"), null, OpenOptions.READ_ONLY));
  }

  @Test
  void allOfTheDiskCanBeReadInOddPieces() throws IOException {
    try (BlockImage disk = open("iso")) {
      ByteBuffer whole = ByteBuffer.allocate((int) disk.size());
      disk.read(0, whole);
      ByteBuffer pieces = ByteBuffer.allocate((int) disk.size());
      while (pieces.hasRemaining()) {
        int length = Math.min(pieces.remaining(), 1 + random.nextInt(5000));
        int end = pieces.position() + length;
        disk.read(pieces.position(), pieces.limit(end));
        pieces.limit(pieces.capacity());
      }
      assertArrayEquals(whole.array(), pieces.array());
    }
  }
}
