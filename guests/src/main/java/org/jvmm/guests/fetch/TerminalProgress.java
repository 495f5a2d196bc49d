package org.jvmm.guests.fetch;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Draws a bar that is redrawn in place on a terminal, or plain lines elsewhere. */
public final class TerminalProgress implements ProgressSink {
  private static final int BAR_CELLS = 30;
  private static final long REDRAW_NANOS = 100_000_000;
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream out;
  private final boolean redraw;
  private final LongSupplier nanoTime;

  private String what = "";
  private long total;
  private long done;
  private long already;
  private long startedAt;
  private long drawnAt;

  /**
   * @param out where to draw
   * @param redraw whether {@code out} is a terminal
   */
  public TerminalProgress(PrintStream out, boolean redraw) {
    this(out, redraw, System::nanoTime);
  }

  TerminalProgress(PrintStream out, boolean redraw, LongSupplier nanoTime) {
    this.out = out;
    this.redraw = redraw;
    this.nanoTime = nanoTime;
  }

  @Override
  public void begin(String newWhat, long newTotal, long newAlready) {
    what = newWhat;
    total = newTotal;
    done = newAlready;
    already = newAlready;
    startedAt = nanoTime.getAsLong();
    if (redraw) {
      draw();
    } else {
      out.println(what + (total < 0 ? "" : " (%s)".formatted(mebi(total))));
    }
  }

  @Override
  public void advance(long bytes) {
    done += bytes;
    if (redraw && nanoTime.getAsLong() - drawnAt >= REDRAW_NANOS) {
      draw();
    }
  }

  @Override
  public void end() {
    if (redraw) {
      draw();
      out.println();
    }
  }

  @Override
  public void note(String line) {
    out.println(redraw ? ERASE_LINE + line : line);
  }

  private void draw() {
    drawnAt = nanoTime.getAsLong();
    double seconds = (drawnAt - startedAt) / 1e9;
    String speed =
        seconds < 0.5 ? "" : "  %s/s".formatted(mebi((long) ((done - already) / seconds)));
    String bar = "";
    if (total > 0) {
      int cells = (int) Math.min(BAR_CELLS, done * BAR_CELLS / total);
      bar = "[" + "#".repeat(cells) + ".".repeat(BAR_CELLS - cells) + "] ";
    }
    String amount = total < 0 ? mebi(done) : "%s of %s".formatted(mebi(done), mebi(total));
    out.print(ERASE_LINE + what + " " + bar + amount + speed);
    out.flush();
  }

  private static String mebi(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
