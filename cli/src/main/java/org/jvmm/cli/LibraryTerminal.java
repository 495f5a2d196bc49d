package org.jvmm.cli;

import java.io.IOException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The terminal on standard input of hosts whose structures {@link Termios} does not know. */
final class LibraryTerminal {
  private LibraryTerminal() {}

  /**
   * Makes the terminal raw: every key goes to the reader at once.
   *
   * @return gives it back as it was
   * @throws UsageException if the terminal cannot be set
   */
  static Runnable raw() {
    try {
      Terminal terminal =
          TerminalBuilder.builder()
              .system(true)
              .dumb(false)
              .provider("jni")
              .nativeSignals(false)
              .build();
      Attributes before = terminal.getAttributes();
      terminal.setAttributes(rawFrom(terminal.getAttributes()));
      return () -> terminal.setAttributes(before);
    } catch (IOException | RuntimeException e) {
      throw new UsageException("cannot set the terminal to raw mode: " + e.getMessage(), e);
    }
  }

  private static Attributes rawFrom(Attributes raw) {
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
    return raw;
  }
}
