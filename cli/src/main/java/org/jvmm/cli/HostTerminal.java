package org.jvmm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * The user's terminal: raw while the guest has it, and given back as it was on every way out that a
 * process can see (end, error, SIGTERM, SIGINT, SIGHUP).
 */
final class HostTerminal implements AutoCloseable {
  private final Terminal terminal;
  private final Attributes original;
  private final Thread hook = new Thread(this::restore, "terminal-restore");

  private HostTerminal(Terminal terminal) {
    this.terminal = terminal;
    this.original = terminal.getAttributes();
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
    try {
      Terminal terminal =
          TerminalBuilder.builder()
              .system(true)
              .dumb(false)
              .provider("jni")
              .nativeSignals(false)
              .build();
      HostTerminal raw = new HostTerminal(terminal);
      Runtime.getRuntime().addShutdownHook(raw.hook);
      raw.enterRaw();
      return raw;
    } catch (IOException | RuntimeException e) {
      throw new UsageException("cannot set the terminal to raw mode: " + e.getMessage(), e);
    }
  }

  private void enterRaw() {
    Attributes raw = terminal.getAttributes();
    raw.setLocalFlag(Attributes.LocalFlag.ICANON, false);
    raw.setLocalFlag(Attributes.LocalFlag.ECHO, false);
    raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
    raw.setLocalFlag(Attributes.LocalFlag.IEXTEN, false);
    raw.setInputFlag(Attributes.InputFlag.IXON, false);
    raw.setInputFlag(Attributes.InputFlag.ICRNL, false);
    raw.setInputFlag(Attributes.InputFlag.INLCR, false);
    raw.setInputFlag(Attributes.InputFlag.IGNCR, false);
    raw.setInputFlag(Attributes.InputFlag.ISTRIP, false);
    raw.setInputFlag(Attributes.InputFlag.BRKINT, false);
    raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
    raw.setControlChar(Attributes.ControlChar.VMIN, 1);
    raw.setControlChar(Attributes.ControlChar.VTIME, 0);
    terminal.setAttributes(raw);
  }

  private void restore() {
    terminal.setAttributes(original);
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      terminal.close();
    } catch (IllegalStateException | IOException e) {
      restore(); // the process is ending already, or the terminal is gone
    }
  }
}
