package org.jvmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The user's terminal: raw while the guest has it, and given back as it was on every way out that a
 * process can see (end, error, SIGTERM, SIGINT, SIGHUP).
 */
final class HostTerminal implements AutoCloseable {
  private final Runnable restore;
  private final Thread hook;

  private HostTerminal(Runnable restore) {
    this.restore = restore;
    hook = new Thread(restore, "terminal-restore");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether standard input is a terminal. */
  static boolean isInteractive() {
    try {
      Path input = Files.readSymbolicLink(Path.of("/proc/self/fd/0"));
      return input.startsWith("/dev/pts")
          || input.toString().startsWith("/dev/tty")
          || input.endsWith("console");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null;
    }
  }

  /**
   * Puts the terminal into raw mode: every key, Ctrl-C too, goes to the guest.
   *
   * @throws UsageException if the terminal cannot be set
   */
  static HostTerminal raw() {
    return new HostTerminal(Termios.isHere() ? Termios.raw() : LibraryTerminal.raw());
  }

  @Override
  public void close() {
    restore.run();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      restore.run(); // the process is ending already
    }
  }
}
