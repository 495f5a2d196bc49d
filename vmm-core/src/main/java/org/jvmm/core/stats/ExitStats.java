package org.jvmm.core.stats;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * The exits of a machine: counts per reason and per device, and their handling times where timing
 * is on.
 */
public final class ExitStats {
  /**
   * One line of the statistics.
   *
   * @param name the reason, or the device
   * @param count exits since the start
   * @param times handling times in nanoseconds; empty unless timing is on
   */
  public record Line(String name, long count, Histogram times) {}

  private final boolean timed;
  private final List<ExitRecorder> recorders = new ArrayList<>();
  private final Map<String, Histogram> sums = new LinkedHashMap<>();
  private final List<StatsTable> more = new ArrayList<>();

  /**
   * Empty statistics.
   *
   * @param timed whether the handling time of each exit is taken: two clock readings, some 50 ns an
   *     exit
   */
  public ExitStats(boolean timed) {
    this.timed = timed;
  }

  /** The recorder of a new vCPU. */
  public synchronized ExitRecorder recorder(int vcpu) {
    ExitRecorder recorder = new ExitRecorder(vcpu, timed);
    recorders.add(recorder);
    return recorder;
  }

  /** Lets {@link #table} end with another one. */
  public synchronized void append(StatsTable table) {
    more.add(table);
  }

  /** Exits per reason, those that occurred, the most frequent first. Any thread. */
  public synchronized List<Line> byReason() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (ExitRecorder recorder : recorders) {
      collect(recorder.reasons(), "", counts);
    }
    return lines(counts);
  }

  /** I/O exits per device, as "pio NAME" and "mmio NAME", the most frequent first. Any thread. */
  public synchronized List<Line> byDevice() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (ExitRecorder recorder : recorders) {
      collect(recorder.portOwners(), "pio ", counts);
      collect(recorder.mmioOwners(), "mmio ", counts);
    }
    return lines(counts);
  }

  private void collect(ExitRecorder.Cell[] cells, String prefix, Map<String, Long> counts) {
    for (ExitRecorder.Cell cell : cells) {
      String name = prefix + cell.name;
      counts.merge(name, cell.count(), Long::sum);
      cell.drainInto(sums.computeIfAbsent(name, key -> new Histogram(2)));
    }
  }

  private List<Line> lines(Map<String, Long> counts) {
    List<Line> lines = new ArrayList<>();
    counts.forEach(
        (name, count) -> {
          if (count > 0) {
            lines.add(new Line(name, count, sums.get(name).copy()));
          }
        });
    lines.sort((a, b) -> Long.compare(b.count(), a.count()));
    return lines;
  }

  /**
   * A table for people: counts, and median, 99th percentile and maximum of the handling times where
   * timed.
   */
  public synchronized String table() {
    StringBuilder text = new StringBuilder("%-24s %12s".formatted("exits", "count"));
    text.append(
        timed ? "%10s %10s %10s%n".formatted("p50 us", "p99 us", "max us") : "%n".formatted());
    for (List<Line> group : List.of(byReason(), byDevice())) {
      for (Line line : group) {
        text.append("%-24s %12d".formatted(line.name(), line.count()));
        text.append(timed ? micros(line.times()) : "").append(System.lineSeparator());
      }
    }
    more.forEach(each -> text.append(each.table()));
    return text.toString();
  }

  private static String micros(Histogram times) {
    return "%10.2f %10.2f %10.2f"
        .formatted(
            times.getValueAtPercentile(50) / 1e3,
            times.getValueAtPercentile(99) / 1e3,
            times.getMaxValue() / 1e3);
  }
}
