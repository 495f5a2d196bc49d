package org.jvmm.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.Availability;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.kvm.nativecall.NativeLibrary;

/**
 * What an exit costs: a port write through jna, jffi and ffm beside the same loop in C, measured in
 * turns so that all see the same host. Prints nanoseconds (least and median of the batches), the
 * ratio to C, and the bytes allocated per exit.
 */
public final class ExitCost {
  private static final int WARM_UP = 50_000;
  private static final int ROUNDS = 12;
  private static final int EXITS = 10_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ExitCost() {}

  /** One way to exit. */
  private static final class Series {
    final String name;
    final OutLoopGuest guest;
    final double[] nanos = new double[ROUNDS];
    long allocated;

    Series(String name, OutLoopGuest guest) {
      this.name = name;
      this.guest = guest;
    }

    double least() {
      return Arrays.stream(nanos).min().orElseThrow();
    }

    double median() {
      double[] sorted = nanos.clone();
      Arrays.sort(sorted);
      return sorted[sorted.length / 2];
    }
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Availability availability = new KvmAccelerator().availability();
    System.out.printf(
        "%s; Java %s; %d CPUs%n",
        availability.why(),
        System.getProperty("java.version"),
        Runtime.getRuntime().availableProcessors());
    if (!availability.usable()) {
      return;
    }
    Path directory = Files.createTempDirectory("jvmm-bench");
    Optional<Path> program = compile(directory);
    List<Series> all = new ArrayList<>();
    for (String name : new String[] {"jna", "jffi", "ffm"}) {
      open(name).ifPresent(all::add);
    }
    Series c = new Series("C", null);
    for (int round = 0; round < ROUNDS; round++) {
      if (program.isPresent()) {
        c.nanos[round] = runC(program.get());
      }
      for (Series series : all) {
        measure(series, round);
      }
    }
    print(c, all, program.isPresent());
    all.forEach(series -> series.guest.close());
    for (String file : new String[] {"kvmloop.c", "kvmloop", ""}) {
      Files.deleteIfExists(directory.resolve(file));
    }
  }

  private static Optional<Series> open(String name) {
    try {
      Series series =
          new Series(name, new OutLoopGuest(new KvmAccelerator(NativeLibrary.open(name))));
      for (int i = 0; i < WARM_UP; i++) {
        series.guest.exit();
      }
      return Optional.of(series);
    } catch (AccelException e) {
      System.out.printf("%-6s %s%n", name, e.getMessage());
      return Optional.empty();
    }
  }

  private static void measure(Series series, int round) {
    long thread = Thread.currentThread().getId();
    long allocated = THREADS.getThreadAllocatedBytes(thread);
    long start = System.nanoTime();
    for (int i = 0; i < EXITS; i++) {
      series.guest.exit();
    }
    series.nanos[round] = (System.nanoTime() - start) / (double) EXITS;
    series.allocated += THREADS.getThreadAllocatedBytes(thread) - allocated;
  }

  /** Compiles kvmloop.c; empty if this host has no compiler. */
  private static Optional<Path> compile(Path directory) throws IOException, InterruptedException {
    Path source = directory.resolve("kvmloop.c");
    Path program = directory.resolve("kvmloop");
    try (InputStream resource = ExitCost.class.getResourceAsStream("/kvmloop.c")) {
      Files.copy(resource, source);
    }
    try {
      Process compiler =
          new ProcessBuilder("cc", "-O2", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      return compiler.waitFor() == 0 ? Optional.of(program) : Optional.empty();
    } catch (IOException e) {
      System.out.println("C      no compiler (cc) on this host");
      return Optional.empty();
    }
  }

  /** The least of three batches: a fresh process has its first faults in the first. */
  private static double runC(Path program) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(program.toString(), "3", Integer.toString(EXITS)).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(new String(process.getErrorStream().readAllBytes()));
    }
    return output.lines().mapToDouble(Double::parseDouble).min().orElseThrow();
  }

  private static void print(Series c, List<Series> all, boolean ratios) {
    System.out.printf("%-6s %10s %10s %8s %8s%n", "", "least ns", "median ns", "ratio", "B/exit");
    if (ratios) {
      System.out.printf("%-6s %10.0f %10.0f%n", c.name, c.least(), c.median());
    }
    for (Series series : all) {
      System.out.printf(
          "%-6s %10.0f %10.0f %8s %8.2f%n",
          series.name,
          series.least(),
          series.median(),
          ratios ? "%.3f".formatted(series.median() / c.median()) : "-",
          series.allocated / (double) (ROUNDS * EXITS));
    }
  }
}
