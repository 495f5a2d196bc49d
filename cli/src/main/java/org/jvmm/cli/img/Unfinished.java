package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * A file that is being made: if that fails, or the user stops it with Ctrl-C, the file is removed,
 * so that nobody takes it for whole. A device is left as it is, and so is a file that was there
 * before, as long as nothing was done to it: it may be in use by a machine.
 */
final class Unfinished implements AutoCloseable {
  private final Path path;
  private final PrintStream err;
  private final Thread hook = new Thread(this::interrupted, "img cleanup");
  private volatile boolean ours;
  private volatile boolean finished;

  Unfinished(Path path, PrintStream err) {
    this.path = path;
    this.err = err;
    this.ours = Files.notExists(path, LinkOption.NOFOLLOW_LINKS);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** What was there before is gone. */
  void overwritten() {
    ours = true;
  }

  /** The file is whole. */
  void finished() {
    finished = true;
  }

  private void interrupted() {
    if (ours && !finished) {
      err.println("\njvmm img: interrupted; " + path + " is not whole and is removed");
      remove();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      if (ours && !finished) {
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
