package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file format of disk images. Formats are found by {@link java.util.ServiceLoader}; use them
 * through {@link Images}.
 */
public interface ImageFormat {
  /** Bytes at the start of a file that {@link #probe} sees. */
  int PROBE_BYTES = 2048;

  /** The name by which qemu-img knows it. */
  String name();

  /**
   * Whether a file's first bytes are this format's.
   *
   * @param head the first {@link #PROBE_BYTES} bytes, or fewer when the file is shorter, from the
   *     buffer's position 0 to its limit; big-endian; left as it was
   * @param path for formats that have no magic but a name
   */
  boolean probe(ByteBuffer head, Path path);

  /**
   * Opens an image. It owns the file from then on and closes it; when this fails the caller does.
   */
  BlockImage open(ImageFile file, OpenOptions options) throws IOException;

  /**
   * Writes a new image of a size into an empty file, which the caller closes.
   *
   * @param size bytes of the disk
   * @throws ImageException if the format has no such image or no such option
   */
  void create(ImageFile file, long size, CreateOptions options) throws IOException;
}
