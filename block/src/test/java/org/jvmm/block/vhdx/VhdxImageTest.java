package org.jvmm.block.vhdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.QemuImg;
import org.jvmm.block.convert.ImageComparison;

/** Images that QEMU has made, since this format is only read. */
final class VhdxImageTest {
  private static final int SIZE = 50 << 20;

  @TempDir Path directory;
  private Path raw;
  private Path image;

  @BeforeEach
  void make() throws IOException {
    QemuImg.assumeInstalled();
    raw = directory.resolve("source.raw");
    image = directory.resolve("disk.vhdx");
    byte[] bytes = new byte[SIZE];
    Random random = new Random(9);
    for (int i = 0; i < 20; i++) {
      bytes[random.nextInt(SIZE)] = (byte) (i + 1);
    }
    java.util.Arrays.fill(bytes, 10 << 20, 30 << 20, (byte) 0);
    Files.write(raw, bytes);
    QemuImg.run("convert", "-f", "raw", "-O", "vhdx", "-o", "block_size=1M", raw, image);
  }

  @Test
  void aDynamicDiskReadsAsItsSource() throws IOException {
    try (BlockImage disk = Images.open(image, null, OpenOptions.READ_ONLY);
        BlockImage source = Images.open(raw, "raw", OpenOptions.READ_ONLY)) {
      assertEquals("vhdx", disk.format());
      assertEquals(SIZE, disk.size());
      assertEquals(ImageComparison.EQUAL, ImageComparison.firstDifference(disk, source, n -> {}));
      assertTrue(disk.extent(15 << 20).zero());
    }
  }

  @Test
  void itIsNotOpenedForWriting() {
    ImageException refused =
        assertThrows(ImageException.class, () -> Images.open(image, null, OpenOptions.WRITABLE));
    assertTrue(refused.getMessage().contains("only read"), refused::getMessage);
  }

  @Test
  void brokenBytesNeverDoMoreThanFail() throws IOException {
    byte[] good = Files.readAllBytes(image);
    Random random = new Random(10);
    for (int round = 0; round < 60; round++) {
      byte[] bad = good.clone();
      for (int i = 0; i < 4; i++) {
        int at = random.nextInt(6) * (64 << 10) + random.nextInt(256);
        bad[Math.min(at, bad.length - 1)] = (byte) random.nextInt();
        bad[(1 << 20) + random.nextInt(Math.min(3 << 20, bad.length - (1 << 20)))] = -1;
      }
      Files.write(image, bad);
      try (BlockImage disk = Images.open(image, "vhdx", OpenOptions.READ_ONLY)) {
        disk.read(0, ByteBuffer.allocate((int) Math.min(disk.size(), 1 << 20)));
      } catch (IOException refused) {
        assertTrue(refused.getMessage() != null);
      }
    }
  }

  @Test
  void aHeaderThatIsNotWholeIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(image);
    bytes[(64 << 10) + 100] ^= 1;
    bytes[(128 << 10) + 100] ^= 1;
    Files.write(image, bytes);
    ImageException refused =
        assertThrows(ImageException.class, () -> Images.open(image, null, OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains("checksum"), refused::getMessage);
  }
}
