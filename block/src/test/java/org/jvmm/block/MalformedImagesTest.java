package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files whose headers and tables lie: an {@link ImageException} that names the field, or data. */
final class MalformedImagesTest {
  private static final int SIZE = 5 << 20;

  @TempDir Path directory;

  private Path image(String format) throws IOException {
    Path path = directory.resolve("disk." + format);
    Images.create(path, format, SIZE, new CreateOptions(Map.of()));
    try (BlockImage image = Images.open(path, format, OpenOptions.WRITABLE)) {
      for (int at = 0; at < SIZE; at += SIZE / 7) {
        image.write(at, ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
      }
    }
    return path;
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
    Path path = image(format);
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

  @ParameterizedTest
  @CsvSource({
    "0x30008, 4, 0x7fffffff, region table entry count",
    "0x30020, 8, 0x7fffffffffffffff, BAT offset",
    "0x30020, 8, 0x200001, BAT offset",
    "0x30028, 4, 0x4, BAT length",
    "0x30040, 8, 0x8000000000000000, metadata region offset",
    "0x30010, 4, 0x0, is missing",
    "0x20042, 2, 2, version",
    "0x20030, 8, 1, LogGuid",
    "0x10000a, 2, 0xffff, metadata item table entry count",
    "0x100030, 4, 0xffffffff, metadata item offset",
    "0x110000, 4, 0x80000000, block size",
    "0x110000, 4, 0, block size",
    "0x110004, 4, 2, HasParent",
    "0x110008, 8, 0x7ffffffffffffe00, virtual disk size",
    "0x110008, 8, 0x8000000000000000, virtual disk size",
    "0x110010, 4, 0x201, logical sector size",
    "0x200000, 8, 0x7ffffffffff00006, BAT entry",
    "0x200000, 8, 7, BAT entry",
  })
  void aFieldOfVhdxThatCannotBeIsNamed(String at, int width, String value, String field)
      throws IOException {
    var sound =
        SoundImages.all().stream().filter(each -> each.format().equals("vhdx")).findFirst().get();
    MemoryFile file = sound.files().values().iterator().next().copy(false);
    ByteBuffer raw = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    raw.putLong(0, new BigInteger(value.replaceFirst("0x", ""), 16).longValue());
    file.write(Long.decode(at), raw.limit(width));
    sound.mend().accept(file);
    ImageException refused =
        assertThrows(
            ImageException.class,
            () -> {
              MemoryFile forReading = file.copy(true);
              try (BlockImage image =
                  Images.format("vhdx").open(forReading, OpenOptions.READ_ONLY)) {
                image.read(0, ByteBuffer.allocate(512));
              }
            });
    assertTrue(refused.getMessage().contains(field), refused::getMessage);
  }

  @Test
  void aDifferencingDiskIsRefusedByName() throws IOException {
    Path path = image("vpc");
    byte[] bytes = Files.readAllBytes(path);
    bytes[63] = 4;
    mendChecksums(bytes);
    Files.write(path, bytes);
    ImageException refused =
        assertThrows(ImageException.class, () -> Images.open(path, "vpc", OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains("differencing"), refused::getMessage);
  }
}
