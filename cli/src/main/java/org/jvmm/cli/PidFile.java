package org.jvmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that tells others which process this is. */
final class PidFile {
  private PidFile() {}

  /**
   * Writes it; it goes when the process ends.
   *
   * @throws UsageException if it cannot be written
   */
  static void write(Path path) {
    try {
      Files.writeString(path, ProcessHandle.current().pid() + "\n");
      path.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new UsageException(
          "-pidfile %s: cannot be written: %s".formatted(path, e.getMessage()), e);
    }
  }
}
