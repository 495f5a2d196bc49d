package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files whose headers and tables lie: an {@link ImageException} that names the field, or data. */
final class MalformedImagesTest {
  private static final int SIZE = 5 << 20;
  private static final int METADATA = 4096;

  @TempDir Path directory;

  private Path image(String format, String option, String value) throws IOException {
    Path path = directory.resolve("disk." + format);
    var options = option == null ? Map.<String, String>of() : Map.of(option, value);
    Images.create(path, format, SIZE, new CreateOptions(options));
    if (!"streamOptimized".equals(value)) {
      try (BlockImage image = Images.open(path, format, OpenOptions.WRITABLE)) {
        for (int at = 0; at < SIZE; at += SIZE / 7) {
          image.write(at, ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
        }
      }
    }
    return path;
  }

  @ParameterizedTest
  @CsvSource({
    "vdi, ,",
    "vpc, ,",
    "vpc, subformat, fixed",
    "vmdk, ,",
    "vmdk, subformat, streamOptimized",
    "vmdk, subformat, twoGbMaxExtentSparse",
    "qcow2, ,",
  })
  void flippedBytesInTheMetadataNeverDoMoreThanFail(String format, String option, String value)
      throws IOException {
    Path path = image(format, option, value);
    byte[] good = Files.readAllBytes(path);
    Random random = new Random(11);
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (int round = 0; round < 100; round++) {
            byte[] bad = good.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
              int within = random.nextBoolean() ? Math.min(METADATA, bad.length) : bad.length;
              bad[random.nextInt(within)] =
                  (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? -1 : 0);
            }
            if (format.equals("vpc")) {
              mendChecksums(bad);
            }
            Files.write(path, bad);
            use(path, format);
          }
        });
  }

  /** So that what stands behind the checksums is looked at. */
  private static void mendChecksums(byte[] bad) {
    ByteBuffer raw = ByteBuffer.wrap(bad);
    for (int[] header : new int[][] {{0, 512, 64}, {512, 1536, 512 + 36}, {-512, 0, -448}}) {
      int from = header[0] < 0 ? bad.length + header[0] : header[0];
      int to = header[0] < 0 ? bad.length : header[1];
      int at = header[2] < 0 ? bad.length + header[2] : header[2];
      int sum = 0;
      for (int i = from; i < to; i++) {
        sum += i >= at && i < at + 4 ? 0 : bad[i] & 0xff;
      }
      raw.putInt(at, ~sum);
    }
  }

  private static void use(Path path, String format) {
    try (BlockImage image = Images.open(path, format, OpenOptions.READ_ONLY)) {
      long at = 0;
      for (int i = 0; i < 100 && at < image.size(); i++) {
        long length = image.extent(at).length();
        assertTrue(length > 0 && length <= image.size() - at, "extent of " + length);
        image.read(at, ByteBuffer.allocate((int) Math.min(length, 1 << 16)));
        at += length;
      }
    } catch (IOException refused) {
      assertTrue(refused.getMessage() != null, "no message");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vdi, 0x170, 8, 0x7fffffffffffffff, cbDisk",
    "vdi, 0x180, 4, 0x7fffffff, cBlocks",
    "vdi, 0x178, 4, 0, cbBlock",
    "vdi, 0x154, 4, 0xfffffe00, cBlocks",
    "vdi, 0x1b8, 4, 1, uuidParentModify",
    "vdi, 0x200, 4, 0x7fffff00, block map",
    "vmdk, 12, 8, 0x7fffffffffffffff, capacity",
    "vmdk, 20, 8, 3, grainSize",
    "vmdk, 44, 4, 0, numGTEsPerGT",
    "vmdk, 56, 8, 0x100000000, gdOffset",
    "vmdk, 36, 8, 0x100000000, descriptorSize",
    "vpc, 0x220, 4, 0xffffffff, checksum",
    "vpc, 0, 4, 0, footer cookie",
  })
  void aFieldThatCannotBeIsNamed(String format, String at, int width, String value, String field)
      throws IOException {
    Path path = image(format, null, null);
    byte[] bytes = Files.readAllBytes(path);
    ByteBuffer raw = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int offset = Integer.decode(at);
    if (width == 8) {
      raw.putLong(offset, Long.decode(value));
    } else {
      raw.putInt(offset, (int) (long) Long.decode(value));
    }
    if (field.equals("footer cookie")) {
      raw.putInt(bytes.length - 512, 0);
    }
    Files.write(path, bytes);
    ImageException refused =
        assertThrows(
            ImageException.class,
            () -> {
              try (BlockImage image = Images.open(path, format, OpenOptions.READ_ONLY)) {
                image.read(0, ByteBuffer.allocate(512));
              }
            });
    assertTrue(refused.getMessage().contains(field), refused::getMessage);
  }

  @Test
  void aDifferencingDiskIsRefusedByName() throws IOException {
    Path path = image("vpc", null, null);
    byte[] bytes = Files.readAllBytes(path);
    bytes[63] = 4;
    mendChecksums(bytes);
    Files.write(path, bytes);
    ImageException refused =
        assertThrows(ImageException.class, () -> Images.open(path, "vpc", OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains("differencing"), refused::getMessage);
  }
}
