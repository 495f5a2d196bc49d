package org.jvmm.block.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Described;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.QemuImg;
import org.jvmm.block.convert.CopyOptions;
import org.jvmm.block.convert.ImageCopy;

/** What VMDK has besides what all formats have. */
final class VmdkImageTest {
  private static final int GRAIN = 65536;
  private static final int SIZE = 40 * GRAIN + 512;

  @TempDir Path directory;

  private Path create(String name, Map<String, String> options) throws IOException {
    Path path = directory.resolve(name);
    Images.create(path, "vmdk", SIZE, new CreateOptions(options));
    return path;
  }

  private static BlockImage writable(Path path) throws IOException {
    return Images.open(path, "vmdk", OpenOptions.WRITABLE);
  }

  private static BlockImage readable(Path path) throws IOException {
    return Images.open(path, "vmdk", OpenOptions.READ_ONLY);
  }

  private static byte[] read(BlockImage image, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    image.read(offset, bytes);
    return bytes.array();
  }

  private byte[] rawSource(Path path) throws IOException {
    byte[] bytes = new byte[SIZE];
    Random random = new Random(7);
    for (int at : new int[] {0, 5 * GRAIN + 512, 17 * GRAIN, SIZE - 512}) {
      byte[] noise = new byte[512];
      random.nextBytes(noise);
      System.arraycopy(noise, 0, bytes, at, 512);
    }
    byte[] noise = new byte[GRAIN];
    random.nextBytes(noise); // a grain that becomes larger by compression
    System.arraycopy(noise, 0, bytes, 20 * GRAIN, GRAIN);
    Files.write(path, bytes);
    return bytes;
  }

  private Path stream(Path raw) throws IOException {
    Path path = create("stream.vmdk", Map.of("subformat", "streamOptimized"));
    try (BlockImage from = Images.open(raw, "raw", OpenOptions.READ_ONLY);
        BlockImage to = writable(path)) {
      ImageCopy.run(List.of(from), to, new CopyOptions(false, 2, 4096, true, false), done -> {});
    }
    return path;
  }

  @Test
  void aStreamOptimizedImageReadsAsItWasWritten() throws IOException {
    byte[] bytes = rawSource(directory.resolve("source.raw"));
    try (BlockImage image = readable(stream(directory.resolve("source.raw")))) {
      assertArrayEquals(bytes, read(image, 0, SIZE));
      assertArrayEquals(
          java.util.Arrays.copyOfRange(bytes, 5 * GRAIN + 100, 21 * GRAIN),
          read(image, 5 * GRAIN + 100, 16 * GRAIN - 100));
    }
  }

  @Test
  void qemuReadsAStreamOptimizedImage() throws IOException {
    QemuImg.assumeInstalled();
    Path raw = directory.resolve("source.raw");
    rawSource(raw);
    Path stream = stream(raw);
    QemuImg.run("compare", "-f", "raw", "-F", "vmdk", raw, stream);
    QemuImg.run("check", "-f", "vmdk", stream);
  }

  @Test
  void aStreamOptimizedImageOfQemuIsRead() throws IOException {
    QemuImg.assumeInstalled();
    Path raw = directory.resolve("source.raw");
    byte[] bytes = rawSource(raw);
    Path stream = directory.resolve("qemu.vmdk");
    QemuImg.run(
        "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, stream);
    try (BlockImage image = readable(stream)) {
      assertArrayEquals(bytes, read(image, 0, SIZE));
    }
  }

  @Test
  void aStreamOptimizedImageThatHoldsDataIsNotWrittenAgain() throws IOException {
    rawSource(directory.resolve("source.raw"));
    Path stream = stream(directory.resolve("source.raw"));
    assertThrows(ImageException.class, () -> writable(stream));
  }

  @Test
  void aTornStreamIsRecognized() throws IOException {
    rawSource(directory.resolve("source.raw"));
    Path stream = stream(directory.resolve("source.raw"));
    byte[] bytes = Files.readAllBytes(stream);
    Files.write(stream, java.util.Arrays.copyOf(bytes, bytes.length - 1024));
    ImageException torn = assertThrows(ImageException.class, () -> readable(stream));
    assertTrue(torn.getMessage().contains("gdOffset"), torn::getMessage);
  }

  @Test
  void aChildReadsWhatItsParentHas() throws IOException {
    Path parent = create("parent.vmdk", Map.of());
    try (BlockImage image = writable(parent)) {
      image.write(GRAIN + 100, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }
    Path child = create("child.vmdk", Map.of("backing_file", "parent.vmdk"));
    try (BlockImage image = writable(child)) {
      image.write(GRAIN + 102, ByteBuffer.wrap(new byte[] {9}));
      assertArrayEquals(new byte[] {1, 2, 9, 0}, read(image, GRAIN + 100, 4));
      assertEquals("parent.vmdk", ((Described) image).backingName());
    }
  }

  @Test
  void aParentThatWasChangedIsNoticed() throws IOException {
    Path parent = create("parent.vmdk", Map.of());
    Path child = create("child.vmdk", Map.of("backing_file", "parent.vmdk"));
    try (BlockImage image = writable(parent)) {
      image.write(0, ByteBuffer.wrap(new byte[] {1}));
    }
    ImageException changed = assertThrows(ImageException.class, () -> readable(child));
    assertTrue(changed.getMessage().contains("parentCID"), changed::getMessage);
  }

  @Test
  void theFirstWriteChangesTheContentId() throws IOException {
    Path path = create("disk.vmdk", Map.of());
    Object before = cid(path);
    try (BlockImage image = writable(path)) {
      image.write(0, ByteBuffer.wrap(new byte[] {1}));
    }
    assertNotEquals(before, cid(path));
  }

  private static Object cid(Path path) throws IOException {
    try (BlockImage image = readable(path)) {
      return ((Described) image).facts().get("cid");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RW 100 FLAT \"/etc/passwd\" 0, directory",
    "RW 100 FLAT \"../other\" 0, directory",
    "RW 9223372036854775807 FLAT \"x\" 0, extent line",
    "RW 99999999999999999 ZERO, sectors",
    "RW 0 ZERO, sectors",
    "RW 100 VMFSSPARSE \"x\", VMFSSPARSE",
    "NOACCESS 100 ZERO, access",
    "RW 100 SPARSE, names no file",
  })
  void anExtentLineThatCannotBeIsRefusedByName(String line, String named) throws IOException {
    Path path = directory.resolve("bad.vmdk");
    Files.writeString(
        path,
        "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"custom\"\n"
            + line
            + "\n");
    ImageException refused = assertThrows(ImageException.class, () -> readable(path));
    assertTrue(refused.getMessage().contains(named), refused::getMessage);
  }

  @Test
  void aDescriptorWithTooManyExtentsIsRefused() throws IOException {
    Path path = directory.resolve("bomb.vmdk");
    Files.writeString(
        path, "# Disk DescriptorFile\nCID=1\ncreateType=\"custom\"\n" + "RW 1 ZERO\n".repeat(5000));
    ImageException refused = assertThrows(ImageException.class, () -> readable(path));
    assertTrue(refused.getMessage().contains("extents"), refused::getMessage);
  }

  @Test
  void zeroExtentsReadAsZeroes() throws IOException {
    Path path = directory.resolve("zero.vmdk");
    Files.writeString(
        path, "# Disk DescriptorFile\nCID=1\ncreateType=\"custom\"\nRW 8 ZERO\nRW 8 ZERO\n");
    try (BlockImage image = readable(path)) {
      assertEquals(16 * 512, image.size());
      assertArrayEquals(new byte[8192], read(image, 0, 8192));
      assertTrue(image.extent(5000).zero());
      assertFalse(image.extent(0).length() > 4096);
    }
  }
}
