package org.jvmm.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import org.jvmm.console.StreamChar;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.run.Outcome;

/**
 * The terminal (or pipe, or file) on standard input and output as the guest's serial line,
 * multiplexed with QEMU's escape keys and the monitor. It outlives the machine, so that a guest's
 * reboot loses no key.
 */
final class StdioConsole implements AutoCloseable, EscapeKeys.Sink {
  /** Ctrl-C, which the raw terminal passes on. */
  private static final byte CTRL_C = 3;

  /** Who has standard input and output. */
  enum Use {
    /** The guest's serial line alone. */
    LINE,
    /** Both: Ctrl-A is an escape key. */
    MULTIPLEXED,
    /** The monitor alone. */
    MONITOR
  }

  private final HostTerminal terminal;
  private final StreamChar line =
      new StreamChar("console-out", new FileOutputStream(FileDescriptor.out));
  private final Monitor monitor = new Monitor(line::print);
  private final Consumer<Outcome> stop;
  private final Use use;
  private final byte[] typed = new byte[4096];
  private int typedCount;
  private boolean inMonitor;

  /**
   * Takes standard input and output.
   *
   * @param stop ends the machine
   */
  StdioConsole(Use use, Consumer<Outcome> stop) {
    this.stop = stop;
    this.use = use;
    terminal = HostTerminal.isInteractive() ? HostTerminal.raw() : null;
    if (use == Use.MONITOR) {
      monitor.greet();
    }
    Thread reader = new Thread(this::read, "console-in");
    reader.setDaemon(true);
    reader.start();
  }

  CharBackend line() {
    return line;
  }

  Monitor monitor() {
    return monitor;
  }

  private void read() {
    EscapeKeys keys = new EscapeKeys(this);
    byte[] buffer = new byte[4096];
    try (InputStream in = new FileInputStream(FileDescriptor.in)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        switch (use) {
          case LINE -> line.deliver(buffer, 0, count);
          case MONITOR -> command(buffer, count);
          case MULTIPLEXED -> {
            for (int i = 0; i < count; i++) {
              keys.type(buffer[i]);
            }
            flushTyped();
          }
        }
      }
    } catch (IOException e) {
      return; // the input has gone; as with QEMU the guest runs on
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void command(byte[] keys, int count) {
    for (int i = 0; i < count; i++) {
      if (keys[i] == CTRL_C) {
        stop.accept(Outcome.of(Outcome.Kind.QUIT));
      } else {
        monitor.type(keys[i]);
      }
    }
  }

  private void flushTyped() throws InterruptedException {
    int count = typedCount;
    typedCount = 0;
    line.deliver(typed, 0, count);
  }

  @Override
  public void typed(byte key) {
    if (inMonitor) {
      monitor.type(key);
    } else {
      typed[typedCount++] = key;
    }
  }

  @Override
  public void command(EscapeKeys.Command command) {
    switch (command) {
      case QUIT -> stop.accept(Outcome.of(Outcome.Kind.QUIT));
      case SWITCH -> {
        inMonitor = !inMonitor;
        line.print("\n");
        if (inMonitor) {
          monitor.greet();
        }
      }
      case HELP -> line.print(EscapeKeys.HELP);
      case BREAK -> line.deliverBreak();
    }
  }

  @Override
  public void close() {
    line.close();
    if (terminal != null) {
      terminal.close();
    }
  }
}
