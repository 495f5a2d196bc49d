package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * A file that is being made: if that fails, or the user stops it with Ctrl-C, the file is removed,
 * so that nobody takes it for whole. A device is left as it is.
 */
final class Unfinished implements AutoCloseable {
  private final Path path;
  private final PrintStream err;
  private final Thread hook = new Thread(this::interrupted, "img cleanup");
  private volatile boolean finished;

  Unfinished(Path path, PrintStream err) {
    this.path = path;
    this.err = err;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The file is whole. */
  void finished() {
    finished = true;
  }

  private void interrupted() {
    if (!finished) {
      err.println("\njvmm img: interrupted; " + path + " is not whole and is removed");
      remove();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      if (!finished) {
        remove();
      }
    } catch (IllegalStateException e) {
      // The process is ending: the hook does it.
    }
  }

  private void remove() {
    try {
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(path);
      }
    } catch (IOException e) {
      err.println("jvmm img: %s is not whole and cannot be removed: %s".formatted(path, e));
    }
  }
}
