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
  private final HostTerminal terminal;
  private final StreamChar line =
      new StreamChar("console-out", new FileOutputStream(FileDescriptor.out));
  private final Monitor monitor = new Monitor(line::print);
  private final Consumer<Outcome> stop;
  private final byte[] typed = new byte[4096];
  private int typedCount;
  private boolean inMonitor;

  /**
   * Takes standard input and output.
   *
   * @param multiplexed whether Ctrl-A is an escape key
   * @param stop ends the machine
   */
  StdioConsole(boolean multiplexed, Consumer<Outcome> stop) {
    this.stop = stop;
    terminal = HostTerminal.isInteractive() ? HostTerminal.raw() : null;
    EscapeKeys keys = multiplexed ? new EscapeKeys(this) : null;
    Thread reader = new Thread(() -> read(keys), "console-in");
    reader.setDaemon(true);
    reader.start();
  }

  CharBackend line() {
    return line;
  }

  Monitor monitor() {
    return monitor;
  }

  private void read(EscapeKeys keys) {
    byte[] buffer = new byte[4096];
    try (InputStream in = new FileInputStream(FileDescriptor.in)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (keys == null) {
          line.deliver(buffer, 0, count);
        } else {
          for (int i = 0; i < count; i++) {
            keys.type(buffer[i]);
          }
          flushTyped();
        }
      }
    } catch (IOException e) {
      return; // the input has gone; as with QEMU the guest runs on
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
        line.print(inMonitor ? "\njvmm monitor - type 'help'\n" + Monitor.PROMPT : "\n");
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
