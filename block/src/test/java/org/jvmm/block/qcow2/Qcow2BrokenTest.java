package org.jvmm.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.block.Checkable.Repair;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.MemoryFile;
import org.jvmm.block.OpenOptions;

/** What is broken in an image is named; what can be mended is. */
final class Qcow2BrokenTest {
  private static final int ROOM = 16 << 20;
  private static final int SIZE = 1 << 20;

  /** An image with all structures: a snapshot, packed clusters, several L2 tables and blocks. */
  private static byte[] sound(Map<String, String> options) throws IOException {
    MemoryFile file = new MemoryFile(ROOM);
    new Qcow2Format().create(file, SIZE, new CreateOptions(options));
    Qcow2Image image = Qcow2Image.open(file, OpenOptions.WRITABLE);
    image.write(0, ByteBuffer.allocate(40_000).put(0, (byte) 1));
    image.createSnapshot("kept");
    image.write(10_000, ByteBuffer.allocate(5_000).put(0, (byte) 2));
    int unit = image.compressedUnit();
    ByteBuffer packed = ByteBuffer.allocateDirect(unit);
    try (CompressedWriter.Packer packer = image.packer()) {
      for (int i = 0; i < 8; i++) {
        if (packer.pack(ByteBuffer.allocateDirect(unit), packed.clear())) {
          image.writePacked(SIZE / 2 + (long) i * unit, packed.flip());
        }
      }
    }
    image.writeZeroes(SIZE - 70_000, 70_000);
    image.close();
    return file.content();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 4, 7, version",
    "20, 4, 8, cluster_bits",
    "20, 4, 22, cluster_bits",
    "24, 8, 9223372036854775296, l1_size",
    "24, 8, -512, size",
    "32, 4, 1, AES",
    "32, 4, 2, LUKS",
    "32, 4, 3, crypt_method",
    "36, 4, 1, l1_size",
    "36, 4, 4194305, l1_size",
    "36, 4, -1, l1_size",
    "40, 8, 513, l1_table_offset",
    "40, 8, 1099511627776, l1_table_offset",
    "40, 8, -512, l1_table_offset",
    "48, 8, 0, refcount_table_offset",
    "48, 8, 1099511627776, refcount_table_offset",
    "56, 4, 0, refcount_table_clusters",
    "56, 4, 2147483647, refcount_table_clusters",
    "60, 4, 65537, nb_snapshots",
    "64, 8, 513, snapshots_offset",
    "72, 8, 4, external data file",
    "72, 8, 16, extended L2",
    "72, 8, 4294967296, incompatible_features",
    "72, 8, 8, compression_type",
    "96, 4, 7, refcount_order",
    "100, 4, 105, header_length",
    "100, 4, 1024, header_length",
    "104, 1, 2, compression_type",
    "8, 8, 510, backing_file_offset",
    "16, 4, 1024, backing_file_size",
    "116, 4, 1000, header extension"
  })
  void aBrokenFieldIsNamed(int at, int length, long value, String named) throws IOException {
    byte[] broken = sound(Map.of("cluster_size", "512"));
    ByteBuffer bytes = ByteBuffer.wrap(broken);
    if (at == 16) {
      bytes.putLong(8, 200);
    }
    if (at == 8) {
      bytes.putInt(16, 10);
    }
    if (at == 116) {
      bytes.putInt(112, 0x12345678);
    }
    switch (length) {
      case 1 -> bytes.put(at, (byte) value);
      case 4 -> bytes.putInt(at, (int) value);
      default -> bytes.putLong(at, value);
    }
    MemoryFile file = MemoryFile.of(broken, ROOM);
    ImageException refused =
        assertThrows(ImageException.class, () -> Qcow2Image.open(file, OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains(named), refused::getMessage);
    assertTrue(refused.getMessage().contains(file.path().toString()), refused::getMessage);
  }

  @Test
  void aCompressedClusterThatUnpacksToTooLittleIsNamed() throws IOException {
    byte[] broken = sound(Map.of("cluster_size", "512"));
    MemoryFile file = MemoryFile.of(broken, ROOM);
    try (Qcow2Image image = Qcow2Image.open(file, OpenOptions.WRITABLE)) {
      image.writePacked(0, ByteBuffer.wrap(new byte[] {3, 0, 0, 0}));
      ImageException refused =
          assertThrows(ImageException.class, () -> image.read(0, ByteBuffer.allocate(512)));
      assertTrue(refused.getMessage().contains("compressed cluster"), refused::getMessage);
    }
  }

  @Test
  void anImageMarkedCorruptOpensForReadingOnly() throws IOException {
    byte[] broken = sound(Map.of("cluster_size", "512"));
    ByteBuffer.wrap(broken).putLong(72, Header.CORRUPT);
    MemoryFile file = MemoryFile.of(broken, ROOM);
    assertThrows(ImageException.class, () -> Qcow2Image.open(file, OpenOptions.WRITABLE));
    Qcow2Image.open(file, OpenOptions.READ_ONLY).close();
    try (Qcow2Image image = Qcow2Image.open(file, OpenOptions.WRITABLE.withRepair(true))) {
      assertTrue(image.check(Repair.ALL).clean());
    }
    Qcow2Image.open(file, OpenOptions.WRITABLE).close();
  }

  @Test
  void anImageThatWasNotClosedIsRepairedWhenItIsOpened() throws IOException {
    byte[] left = sound(Map.of("cluster_size", "512", "lazy_refcounts", "on"));
    MemoryFile file = MemoryFile.of(left, ROOM);
    // Not closed: as after a crash.
    Qcow2Image lost = Qcow2Image.open(file, OpenOptions.WRITABLE);
    lost.write(300_000, ByteBuffer.allocate(50_000).put(0, (byte) 7));
    lost.flush();
    assertTrue(Header.read(file).is(Header.DIRTY));
    try (Qcow2Image image = Qcow2Image.open(file, OpenOptions.WRITABLE)) {
      assertTrue(image.check(Repair.NONE).clean());
      ByteBuffer one = ByteBuffer.allocate(1);
      image.read(300_000, one);
      assertTrue(one.get(0) == 7);
    }
  }
}
