package org.jvmm.cli;

/**
 * QEMU's escape keys on a multiplexed console: Ctrl-A, then a letter. A pure state machine from
 * typed bytes to guest bytes and commands.
 */
final class EscapeKeys {
  /** Ctrl-A. */
  private static final int ESCAPE = 1;

  /** What a pair of keys asks for. */
  enum Command {
    /** Ctrl-A X: end the machine. */
    QUIT,
    /** Ctrl-A C: switch between console and monitor. */
    SWITCH,
    /** Ctrl-A H or ?: say which keys there are. */
    HELP,
    /** Ctrl-A B: a break on the serial line. */
    BREAK
  }

  /** Receives what was typed. */
  interface Sink {
    void typed(byte key);

    void command(Command command);
  }

  static final String HELP =
      """

      C-a h    print this help
      C-a x    quit jvmm
      C-a b    send a break to the serial line
      C-a c    switch between console and monitor
      C-a C-a  send C-a
      """;

  private final Sink sink;
  private boolean escaped;

  EscapeKeys(Sink sink) {
    this.sink = sink;
  }

  void type(byte key) {
    if (!escaped) {
      escaped = key == ESCAPE;
      if (!escaped) {
        sink.typed(key);
      }
      return;
    }
    escaped = false;
    switch (key) {
      case 'x', 'X' -> sink.command(Command.QUIT);
      case 'c', 'C' -> sink.command(Command.SWITCH);
      case 'h', 'H', '?' -> sink.command(Command.HELP);
      case 'b', 'B' -> sink.command(Command.BREAK);
      case ESCAPE -> sink.typed(key);
      default -> {} // as QEMU: an unknown pair is dropped
    }
  }
}
