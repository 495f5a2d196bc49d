package org.jvmm.block.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** Copies of whole disks. */
final class ImageCopyTest {
  private static final int SIZE = (9 << 20) + 512;

  @TempDir Path directory;
  private byte[] bytes;

  @BeforeEach
  void makeSource() throws IOException {
    bytes = new byte[SIZE];
    Random random = new Random(5);
    for (int i = 0; i < 60; i++) {
      byte[] run = new byte[1 + random.nextInt(90_000)];
      if (i % 2 == 0) {
        random.nextBytes(run);
      } else {
        java.util.Arrays.fill(run, (byte) i);
      }
      System.arraycopy(run, 0, bytes, random.nextInt(SIZE - run.length), run.length);
    }
    Files.write(directory.resolve("source.raw"), bytes);
  }

  private BlockImage source() throws IOException {
    return Images.open(directory.resolve("source.raw"), "raw", OpenOptions.READ_ONLY);
  }

  private Path target(String format, Map<String, String> options) throws IOException {
    Path path = directory.resolve("target." + format);
    Images.create(path, format, SIZE, new CreateOptions(options));
    return path;
  }

  private void assertHolds(Path path, String format) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(SIZE);
    try (BlockImage image = Images.open(path, format, OpenOptions.READ_ONLY)) {
      image.read(0, read);
    }
    assertArrayEquals(bytes, read.array());
  }

  @ParameterizedTest
  @CsvSource({
    "raw, false, 4096",
    "raw, false, 0",
    "qcow2, false, 4096",
    "qcow2, true, 4096",
    "vdi, false, 65536",
    "vmdk, false, 4096"
  })
  void theCopyHoldsWhatTheSourceHolds(String format, boolean compress, int sparse)
      throws IOException {
    Path path = target(format, Map.of());
    AtomicLong done = new AtomicLong();
    try (BlockImage from = source();
        BlockImage to = Images.open(path, format, OpenOptions.WRITABLE)) {
      ImageCopy.run(
          List.of(from), to, new CopyOptions(compress, 3, sparse, true, false), done::addAndGet);
    }
    assertEquals(SIZE, done.get());
    assertHolds(path, format);
  }

  @Test
  void zeroesOverwriteWhatATargetHolds() throws IOException {
    Path path = target("qcow2", Map.of());
    try (BlockImage from = source();
        BlockImage to = Images.open(path, "qcow2", OpenOptions.WRITABLE)) {
      byte[] noise = new byte[SIZE];
      new Random(6).nextBytes(noise);
      to.write(0, ByteBuffer.wrap(noise));
      ImageCopy.run(List.of(from), to, new CopyOptions(false, 1, 4096, false, false), done -> {});
    }
    assertHolds(path, "qcow2");
  }

  @Test
  void overABackingFileOnlyDifferencesAreStored() throws IOException {
    Path path = target("qcow2", Map.of("backing_file", "source.raw", "backing_fmt", "raw"));
    long empty = Files.size(path);
    try (BlockImage from = source();
        BlockImage to = Images.open(path, "qcow2", OpenOptions.WRITABLE)) {
      ImageCopy.run(List.of(from), to, new CopyOptions(false, 1, 4096, false, true), done -> {});
    }
    assertTrue(Files.size(path) <= empty + 4096, "grew to " + Files.size(path));
    assertHolds(path, "qcow2");
  }

  @Test
  void aFormatWithoutCompressionIsRefused() throws IOException {
    Path path = target("vdi", Map.of());
    try (BlockImage from = source();
        BlockImage to = Images.open(path, "vdi", OpenOptions.WRITABLE)) {
      assertThrows(
          ImageException.class,
          () ->
              ImageCopy.run(
                  List.of(from), to, new CopyOptions(true, 1, 4096, true, false), done -> {}));
    }
  }

  @Test
  void aTargetThatFailsEndsTheCopyWithItsError() throws IOException {
    Path path = target("raw", Map.of());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          try (BlockImage from = source();
              BlockImage to = Images.open(path, "raw", OpenOptions.READ_ONLY)) {
            assertThrows(
                Exception.class,
                () ->
                    ImageCopy.run(
                        List.of(from),
                        to,
                        new CopyOptions(false, 1, 4096, true, false),
                        done -> {}));
          }
        });
  }

  @Test
  void aSourceThatFailsInAnyThreadEndsTheCopyWithItsError() throws IOException {
    Path path = target("qcow2", Map.of());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          try (BlockImage from = source();
              BlockImage to = Images.open(path, "qcow2", OpenOptions.WRITABLE)) {
            List<BlockImage> damaged = List.of(failing(from), failing(from), failing(from));
            CopyOptions how = new CopyOptions(false, 3, 4096, true, false);
            IOException error =
                assertThrows(IOException.class, () -> ImageCopy.run(damaged, to, how, done -> {}));
            assertEquals("a bad sector", error.getMessage());
          }
        });
  }

  private static BlockImage failing(BlockImage image) {
    return (BlockImage)
        Proxy.newProxyInstance(
            BlockImage.class.getClassLoader(),
            new Class<?>[] {BlockImage.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals("read") && (Long) arguments[0] >= 5 << 20) {
                throw new IOException("a bad sector");
              }
              return called.invoke(image, arguments);
            });
  }

  @Test
  void anExtentOfTheSourceIsLookedUpOnce() throws IOException {
    byte[] noise = new byte[SIZE];
    new Random(7).nextBytes(noise);
    Files.write(directory.resolve("source.raw"), noise);
    AtomicInteger lookups = new AtomicInteger();
    try (BlockImage from = source();
        BlockImage to = Images.open(target("raw", Map.of()), "raw", OpenOptions.WRITABLE)) {
      BlockImage counted = counting(from, "extent", lookups);
      CopyOptions how = new CopyOptions(false, 2, 4096, true, false);
      ImageCopy.run(List.of(counted), to, how, done -> {});
      assertEquals(ImageComparison.EQUAL, ImageComparison.firstDifference(from, to, done -> {}));
    }
    assertTrue(
        lookups.get() <= 2, lookups + " lookups, for data and at most the last sector's end");
  }

  private static BlockImage counting(BlockImage image, String method, AtomicInteger calls) {
    return (BlockImage)
        Proxy.newProxyInstance(
            BlockImage.class.getClassLoader(),
            new Class<?>[] {BlockImage.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                calls.incrementAndGet();
              }
              return called.invoke(image, arguments);
            });
  }

  @Test
  void aComparisonFindsTheFirstSectorThatDiffers() throws IOException {
    Path other = directory.resolve("other.raw");
    byte[] changed = bytes.clone();
    changed[5_000_000] ^= 1;
    Files.write(other, changed);
    try (BlockImage a = source();
        BlockImage b = Images.open(other, "raw", OpenOptions.READ_ONLY)) {
      assertEquals(5_000_000 / 512 * 512, ImageComparison.firstDifference(a, b, done -> {}));
      assertEquals(ImageComparison.EQUAL, ImageComparison.firstDifference(a, a, done -> {}));
    }
  }
}
