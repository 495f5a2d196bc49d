package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VmlinuxCacheTest extends BootFixture {
  private static final String CACHED = "bzImage, cached vmlinux, ELF64 entry";
  private static final String UNPACKED = "bzImage, xz payload, ELF64 entry";

  private Path kernel;
  private Path directory;

  @BeforeEach
  void makeKernel() throws IOException {
    kernel = file("k", bzImage(KernelImages.elf64(false)));
    directory = dir.resolve("cache");
  }

  private static byte[] bzImage(byte[] elf) throws IOException {
    return KernelImages.bzImage(KernelImages.pack(Compression.XZ, elf));
  }

  private String boot() {
    return boot(new VmlinuxCache(directory));
  }

  private String boot(VmlinuxCache cache) {
    return KernelLoader.load(request(kernel, null, "", cache), cpu).method();
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void theSecondBootTakesTheUnpackedKernelFromTheCache() throws IOException {
    assertEquals(UNPACKED, boot());
    memory.copyIn(KernelImages.TEXT, new byte[1 << 20]);
    assertEquals(CACHED, boot());
    assertElfInMemory();
    assertLongMode(KernelImages.ENTRY);
    assertEquals(1, kept().size());
  }

  @Test
  void anotherKernelIsNotMistakenForTheCachedOne() throws IOException {
    boot();
    byte[] other = Files.readAllBytes(kernel);
    other[1030] ^= 1; // outside the payload
    Files.write(kernel, other);
    assertEquals(UNPACKED, boot());
  }

  @Test
  void aKernelThatWasReplacedAfterItsHashWasRememberedIsNotMistaken() throws IOException {
    Instant hourAgo = Instant.now().minusSeconds(3600);
    Files.setLastModifiedTime(kernel, FileTime.from(hourAgo));
    waitUntilRemembered();
    byte[] other = Files.readAllBytes(kernel);
    other[1030] ^= 1; // outside the payload
    Files.write(kernel, other);
    Files.setLastModifiedTime(kernel, FileTime.from(hourAgo)); // as a package manager would
    assertEquals(UNPACKED, boot());
  }

  @Test
  void aDamagedHashIsNotBelieved() throws IOException {
    waitUntilRemembered();
    Path index = directory.resolveSibling(directory.getFileName() + ".index");
    String line = Files.readString(index).strip();
    String hash = line.substring(line.lastIndexOf(' ') + 1);
    Files.writeString(index, line.replace(hash, "../" + hash.substring(3)) + "\n");
    assertEquals(CACHED, boot());
    assertEquals(line, Files.readAllLines(index).get(0));
  }

  /** A hash is remembered when the file has rested for a moment. */
  private void waitUntilRemembered() throws IOException {
    Path index = directory.resolveSibling(directory.getFileName() + ".index");
    while (!Files.exists(index)) {
      boot();
    }
  }

  @Test
  void aDamagedFileIsReplaced() throws IOException {
    for (int at : new int[] {0, 70, 0x1500, -1, -5}) {
      boot();
      Path file = kept().get(0);
      byte[] bytes = Files.readAllBytes(file);
      bytes[at < 0 ? bytes.length + at : at] ^= 1;
      Files.write(file, bytes);
      assertEquals(UNPACKED, boot(), "damaged at " + at);
      assertElfInMemory();
      assertEquals(CACHED, boot());
    }
  }

  @Test
  void aTruncatedFileIsReplaced() throws IOException {
    for (int length : new int[] {0, 7, 8, 100, 0x2000}) {
      boot();
      Path file = kept().get(0);
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
      assertEquals(UNPACKED, boot(), "cut to " + length);
      assertEquals(CACHED, boot());
    }
  }

  @Test
  void aPlaceThatIsNoDirectoryIsSilentlyNoCache() throws IOException {
    Files.writeString(directory, "a file");
    assertEquals(UNPACKED, boot());
    assertEquals(UNPACKED, boot());
  }

  @Test
  void aDamagedKernelLeavesNothingBehind() throws IOException {
    byte[] image = bzImage(KernelImages.elf64(false));
    for (int i = 0; i < 32; i++) {
      image[image.length / 2 + i] ^= 0x55;
    }
    Files.write(kernel, image);
    assertThrows(BootException.class, this::boot);
    assertEquals(List.of(), kept());
  }

  @Test
  void theOldestGoWhenTheCapacityIsExceeded() throws IOException {
    int size = 1 << 20;
    VmlinuxCache cache = new VmlinuxCache(directory, 5L * size / 2);
    long hour = 3_600_000;
    for (String key : List.of("a", "b", "c")) {
      try (VmlinuxCache.Recording recording =
          cache.record(key, new ByteArrayInputStream(new byte[size]))) {
        recording.readAllBytes();
        recording.keep();
      }
      Path file = directory.resolve(key + ".vmlinux");
      FileTime old = FileTime.fromMillis(System.currentTimeMillis() - hour * ('z' - key.charAt(0)));
      Files.setLastModifiedTime(file, old);
      if (key.equals("b")) {
        cache.find("a").close(); // used: now "b" is the oldest
      }
    }
    List<String> names =
        kept().stream().map(path -> path.getFileName().toString()).sorted().toList();
    assertEquals(List.of("a.vmlinux", "c.vmlinux"), names);
    assertTrue(cache.find("b") == null);
  }
}
