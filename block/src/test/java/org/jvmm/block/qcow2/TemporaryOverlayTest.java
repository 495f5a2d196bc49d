package org.jvmm.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.BlockImage;
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
}
