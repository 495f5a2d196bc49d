package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

final class RawImageTest extends BlockImageContract {
  private static final int QCOW2_MAGIC = 0x514649fb;

  @Override
  protected String format() {
    return "raw";
  }

  @Override
  protected boolean checkable() {
    return false;
  }

  @Test
  void aGuessedRawImageRefusesAnotherFormatsMagicAndTheUserIsTold() throws IOException {
    create().close();
    try (BlockImage image = Images.open(path(), null, OpenOptions.WRITABLE)) {
      assertTrue(Images.warning(image).orElseThrow().contains("raw"));
      ByteBuffer header = ByteBuffer.allocate(512).putInt(0, QCOW2_MAGIC).putInt(4, 3);
      ImageException refused = assertThrows(ImageException.class, () -> image.write(0, header));
      assertTrue(refused.getMessage().contains("look like qcow2"), refused::getMessage);
      image.write(4, ByteBuffer.allocate(4).putInt(0, 3));
      ByteBuffer magic = ByteBuffer.allocate(4).putInt(0, QCOW2_MAGIC);
      assertThrows(ImageException.class, () -> image.write(0, magic), "in two steps");
      image.write(0, ByteBuffer.wrap(new byte[] {(byte) 0xeb, 0x3c}));
      assumeTrue(image.scatter().isPresent(), "this host has no pwritev");
      ScatteredRam ram = new ScatteredRam(1).fill(header.clear().array());
      ScatterIo scatter = image.scatter().get();
      assertThrows(ImageException.class, () -> scatter.write(0, ram.list(512)));
      scatter.write(1 << 20, ram.list(512));
    }
  }

  @Test
  void aNamedRawImageTakesAnyBytes() throws IOException {
    try (BlockImage image = create()) {
      assertFalse(Images.warning(image).isPresent());
      image.write(0, ByteBuffer.allocate(8).putInt(0, QCOW2_MAGIC).putInt(4, 3));
      assertTrue(Images.warning(image).orElseThrow().contains("looks like qcow2"));
    }
  }

  @Test
  void aFileThatIsNoMultipleOf512IsPaddedWithZeroes() throws IOException {
    Files.write(path(), new byte[] {1, 2, 3});
    try (BlockImage image = open()) {
      assertEquals(512, image.size());
      ByteBuffer sector = ByteBuffer.allocate(512);
      image.read(0, sector);
      assertEquals(3, sector.get(2));
      assertEquals(0, sector.get(3));
    }
  }

  @Test
  void holesAreExtents() throws IOException {
    try (BlockImage image = create()) {
      image.write(1 << 20, ByteBuffer.allocate(65536).put(0, (byte) 1));
      image.flush();
      Extent first = image.extent(0);
      assertEquals(new Extent(1 << 20, false, true, 0, 0), first);
      assertTrue(image.extent(1 << 20).allocated());
    }
  }
}
