package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class HostFileTest {
  @TempDir Path directory;

  private Path file(int size) throws IOException {
    byte[] content = new byte[size];
    new Random(1).nextBytes(content);
    return Files.write(directory.resolve("file"), content);
  }

  @Test
  @Timeout(60)
  void aPipeIsRefusedAndNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo");
    ImageException refused =
        assertThrows(ImageException.class, () -> HostFile.open(pipe, OpenOptions.READ_ONLY));
    assertEquals(pipe + " is a pipe", refused.getMessage());
  }

  @Test
  void anAbsentFileIsNamed() {
    Path path = directory.resolve("absent");
    ImageException absent =
        assertThrows(ImageException.class, () -> HostFile.open(path, OpenOptions.READ_ONLY));
    assertTrue(absent.getMessage().startsWith(path.toString()), absent::getMessage);
    assertThrows(ImageException.class, () -> HostFile.open(directory, OpenOptions.READ_ONLY));
  }

  @Test
  void readersShareAFileAndAWriterIsAlone() throws IOException {
    Path path = file(512);
    ImageFile reader = HostFile.open(path, OpenOptions.READ_ONLY);
    ImageFile another = HostFile.open(path, OpenOptions.READ_ONLY);
    assertThrows(ImageException.class, () -> HostFile.open(path, OpenOptions.WRITABLE));
    reader.close();
    another.close();
    ImageFile writer = HostFile.open(path, OpenOptions.WRITABLE);
    assertThrows(ImageException.class, () -> HostFile.open(path, OpenOptions.READ_ONLY));
    assertThrows(ImageException.class, () -> HostFile.create(path));
    HostFile.open(path, OpenOptions.READ_ONLY.withLocked(false)).close();
    writer.close();
    HostFile.open(path, OpenOptions.WRITABLE).close();
    assertEquals(512, Files.size(path), "a refused creation leaves the file as it is");
  }

  @Test
  void aFileThatIsFilledTakesNoMoreStorageThanAnother() throws IOException {
    assertEquals(storageAfterWrites(false), storageAfterWrites(true));
  }

  private long storageAfterWrites(boolean filling) throws IOException {
    Path path = Files.write(directory.resolve("filling-" + filling), new byte[0]);
    byte[] bytes = new byte[300_000];
    new Random(2).nextBytes(bytes);
    try (ImageFile file = HostFile.open(path, OpenOptions.WRITABLE.withFilling(filling))) {
      file.resize(2_000_000);
      file.write(1_000_000, ByteBuffer.wrap(bytes));
      file.write(0, ByteBuffer.wrap(bytes, 0, 100));
      file.sync();
      ByteBuffer read = ByteBuffer.allocate(bytes.length);
      file.read(1_000_000, read);
      assertArrayEquals(bytes, read.array());
      assertEquals(2_000_000, file.size());
      return file.storage();
    }
  }

  @Test
  void whatLiesPastTheEndReadsAsZeroes() throws IOException {
    try (ImageFile file = HostFile.open(file(100), OpenOptions.READ_ONLY)) {
      ByteBuffer bytes = ByteBuffer.allocate(200);
      Arrays.fill(bytes.array(), (byte) 1);
      file.read(50, bytes);
      assertTrue(Zeroes.only(bytes.position(50).slice()));
      file.read(1L << 40, bytes.clear());
      assertTrue(Zeroes.only(bytes.clear()));
      assumeTrue(file.scatter().isPresent(), "this host has no preadv");
      ScatteredRam ram = new ScatteredRam(1);
      byte[] ones = new byte[20_000];
      Arrays.fill(ones, (byte) 1);
      file.scatter().get().read(50, ram.fill(ones).list(ones.length));
      ByteBuffer read = ByteBuffer.wrap(ram.content(ones.length));
      assertTrue(Zeroes.only(read, 50, ones.length));
      assertFalse(Zeroes.only(read, 0, 50));
    }
  }

  @Test
  void zeroesAreHolesWhereTheHostHasThem() throws IOException {
    try (ImageFile file = HostFile.open(file(4 << 20), OpenOptions.WRITABLE)) {
      file.sync();
      long before = file.storage();
      file.zero(1 << 20, 2 << 20);
      ByteBuffer bytes = ByteBuffer.allocate(2 << 20);
      file.read(1 << 20, bytes);
      assertTrue(Zeroes.only(bytes.flip()));
      assumeTrue(file.storage() < before, "this file system has no holes");
      assertEquals(1 << 20, file.nextHole(0));
      assertEquals(3 << 20, file.nextData(1 << 20));
      file.zero(4 << 20, 1 << 20);
      assertEquals(5 << 20, file.size());
    }
  }

  @ParameterizedTest
  @EnumSource(CacheMode.class)
  void everyCacheModeReadsWhatItWrote(CacheMode mode) throws IOException {
    Path path = file((1 << 20) + 777);
    byte[] expected = Files.readAllBytes(path);
    Random random = new Random(2);
    try (ImageFile file = HostFile.open(path, OpenOptions.WRITABLE.withCache(mode))) {
      for (int i = 0; i < 300; i++) {
        int length = 1 + random.nextInt(200_000);
        int offset = random.nextInt(expected.length - length);
        if (random.nextBoolean()) {
          length = (length + 4095) & -4096;
          offset &= -4096;
          length = Math.min(length, expected.length - offset);
        }
        byte[] data = new byte[length];
        if (random.nextBoolean()) {
          random.nextBytes(data);
          System.arraycopy(data, 0, expected, offset, length);
          file.write(offset, ByteBuffer.wrap(data));
        } else {
          file.read(offset, ByteBuffer.wrap(data));
          assertArrayEquals(Arrays.copyOfRange(expected, offset, offset + length), data);
        }
      }
      file.sync();
    }
    assertArrayEquals(expected, Files.readAllBytes(path));
  }

  @Test
  void aFullDeviceIsToldApart() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "this host has no /dev/full");
    try (ImageFile file = HostFile.open(full, OpenOptions.WRITABLE.withLocked(false))) {
      NoSpaceException thrown =
          assertThrows(NoSpaceException.class, () -> file.write(0, ByteBuffer.allocate(512)));
      assertTrue(thrown.getMessage().contains("/dev/full"), thrown::getMessage);
      assumeTrue(file.scatter().isPresent(), "this host has no pwritev");
      ScatteredRam ram = new ScatteredRam(2);
      ScatterIo scatter = file.scatter().get();
      assertThrows(NoSpaceException.class, () -> scatter.write(0, ram.list(512)));
    }
  }

  @Test
  void aCreationThatIsRefusedLeavesTheOldFileAndMakesNoNewOne() throws IOException {
    Path old = file(1000);
    CreateOptions wrong = new CreateOptions(Map.of("clustr_size", "4k"));
    ImageException refused =
        assertThrows(ImageException.class, () -> Images.create(old, "qcow2", 1 << 20, wrong));
    assertTrue(refused.getMessage().contains("cluster_size"), refused::getMessage);
    assertEquals(1000, Files.size(old));
    Path absent = directory.resolve("absent");
    assertThrows(ImageException.class, () -> Images.create(absent, "qcow2", 1 << 20, wrong));
    assertFalse(Files.exists(absent));
  }
}
