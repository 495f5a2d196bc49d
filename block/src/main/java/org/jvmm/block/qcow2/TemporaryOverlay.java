package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CacheMode;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/**
 * A disk on top of another image that keeps what is written until it is closed: {@code -snapshot}.
 */
public final class TemporaryOverlay {
  private TemporaryOverlay() {}

  /**
   * An overlay in a file of the temporary directory, which has no name while it is used: no crash
   * leaves it behind.
   *
   * @param base any image, for reading; closed with the overlay
   */
  public static BlockImage over(BlockImage base) throws IOException {
    Path path = Files.createTempFile("jvmm-", ".qcow2");
    ImageFile file = null;
    try {
      Images.create(path, Qcow2Format.NAME, base.size(), new CreateOptions(Map.of()));
      OpenOptions options = OpenOptions.WRITABLE.withCache(CacheMode.UNSAFE);
      file = options.files().open(path, options);
      return Qcow2Image.open(file, options, base);
    } catch (IOException | RuntimeException e) {
      if (file != null) {
        file.close();
      }
      throw e;
    } finally {
      Files.delete(path);
    }
  }
}
