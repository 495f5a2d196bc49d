package org.jvmm.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Committable;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageModel;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

final class TemporaryOverlayTest {
  @TempDir Path directory;

  @Test
  void whatIsWrittenIsReadBackAndTheBaseStaysAsItWas() throws IOException {
    byte[] content = new byte[2 << 20];
    new Random(1).nextBytes(content);
    Path path = Files.write(directory.resolve("base.raw"), content);
    BlockImage base = Images.open(path, "raw", OpenOptions.READ_ONLY);
    try (BlockImage overlay = TemporaryOverlay.over(base)) {
      ImageModel model = new ImageModel(overlay, new Random(2));
      model.bytes = content.clone();
      for (int i = 0; i < 300; i++) {
        model.step();
      }
      model.checkAll();
    }
    assertArrayEquals(content, Files.readAllBytes(path));
  }

  private static BlockImage open(Path path, boolean writable) throws IOException {
    return Images.open(path, null, writable ? OpenOptions.WRITABLE : OpenOptions.READ_ONLY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vdi"})
  void aCommitGivesTheBaseWhatWasWrittenAndTheDiskStaysTheSame(String format) throws IOException {
    Path path = directory.resolve("base");
    Images.create(path, format, 2 << 20, new CreateOptions(Map.of()));
    byte[] now;
    try (BlockImage overlay = TemporaryOverlay.over(open(path, false))) {
      ImageModel model = new ImageModel(overlay, new Random(3));
      model.bytes = new byte[2 << 20];
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
          model.step();
        }
        ((Committable) overlay).commit(writable -> open(path, writable));
        model.checkAll();
        ((Committable) overlay).empty();
        model.checkAll();
        assertFalse(overlay.extent(0).allocated(), "the overlay has nothing any more");
      }
      now = model.bytes.clone();
    }
    try (BlockImage base = open(path, false)) {
      ByteBuffer all = ByteBuffer.allocate(now.length);
      base.read(0, all);
      assertArrayEquals(now, all.array());
    }
  }
}
