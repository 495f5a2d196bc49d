package org.jvmm.cli.img;

import java.io.PrintStream;
import org.jvmm.guests.fetch.ProgressSink;
import org.jvmm.guests.fetch.TerminalProgress;

/** The bar of {@code -p}; without it nothing is drawn. */
record Progress(ProgressSink sink) implements AutoCloseable {
  static Progress of(boolean shown, String what, long total, PrintStream err) {
    ProgressSink sink =
        shown ? new TerminalProgress(err, System.console() != null) : ProgressSink.NONE;
    sink.begin(what, total, 0);
    return new Progress(sink);
  }

  void advance(long bytes) {
    sink.advance(bytes);
  }

  @Override
  public void close() {
    sink.end();
  }
}
