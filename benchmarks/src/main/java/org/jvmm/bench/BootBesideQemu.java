package org.jvmm.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Boots the same kernel, initrd and command line under jvmm's {@code soft} and under QEMU's TCG,
 * one after the other, and prints how long each takes from the start of its process to a line of
 * the guest's init; then what jvmm needs while the guest waits at its prompt. Needs no build:
 * {@code java BootBesideQemu.java jvmm.jar}.
 */
public final class BootBesideQemu {
  private static final String INIT = "jvmm: init", PROMPT = "~# ";
  private static final String COMMAND_LINE = "console=ttyS0 panic=-1 quiet";
  private static final String MEMORY = "512";
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final List<String> boot;

  private BootBesideQemu(Path kernel, Path initrd) {
    boot =
        List.of(
            "-m",
            MEMORY,
            "-nographic",
            "-no-reboot",
            "-kernel",
            kernel.toString(),
            "-initrd",
            initrd.toString(),
            "-append",
            COMMAND_LINE);
  }

  /**
   * Measures.
   *
   * @param args jvmm.jar, then kernel and initrd (without them the default guest of the user's
   *     cache), then further options of the java command line
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      System.err.println("arguments: jvmm.jar [kernel initrd [java options]]");
      System.exit(2);
    }
    Path kernel = args.length > 2 ? Path.of(args[1]) : cached("vmlinuz");
    Path initrd = args.length > 2 ? Path.of(args[2]) : cached("initrd");
    List<String> jvm = new ArrayList<>();
    jvm.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    jvm.addAll(List.of(args).subList(Math.min(3, args.length), args.length));
    jvm.addAll(List.of("-jar", args[0], "-accel", "soft"));
    BootBesideQemu bench = new BootBesideQemu(kernel, initrd);
    System.out.printf("%s, %s%n", kernel, initrd);
    double qemu = bench.time("qemu tcg", List.of("qemu-system-x86_64", "-accel", "tcg"), false);
    double soft = bench.time("jvmm soft", jvm, true);
    System.out.printf("ratio %.2f%n", soft / qemu);
  }

  /** A file of the newest default guest. */
  private static Path cached(String name) throws IOException {
    Path images = Path.of(System.getProperty("user.home"), ".cache", "jvmm", "images");
    try (Stream<Path> files = Files.walk(images, 3)) {
      return files
          .filter(file -> file.getFileName().toString().equals(name))
          .filter(
              file ->
                  file.getParent()
                      .getParent()
                      .getFileName()
                      .toString()
                      .matches("debian-\\p{XDigit}+"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow(() -> new IOException("no " + name + " in " + images + ": run ./jvmm once"));
    }
  }

  /** Seconds from the start of the process to the text. */
  private double time(String name, List<String> command, boolean idle)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(command);
    all.addAll(boot);
    long start = System.nanoTime();
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    try {
      Output output = new Output(process.getInputStream());
      output.await(INIT);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%-10s %6.2f s, %6.2f s of CPU%n", name, seconds, cpuSeconds(process));
      if (idle) {
        output.await(PROMPT);
        TimeUnit.SECONDS.sleep(2);
        double before = cpuSeconds(process);
        TimeUnit.NANOSECONDS.sleep(IDLE.toNanos());
        double share = (cpuSeconds(process) - before) / IDLE.toSeconds();
        System.out.printf("%-10s %6.2f %% of a core at the prompt%n", name, 100 * share);
      }
      return seconds;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** User and system time of the process, by its own clock. */
  private static double cpuSeconds(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
  }

  /** What a guest prints. */
  private static final class Output {
    private final InputStream in;
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final long deadline = System.nanoTime() + LIMIT.toNanos();

    Output(InputStream in) {
      this.in = in;
    }

    void await(String text) throws IOException, InterruptedException {
      byte[] buffer = new byte[8192];
      while (!seen.toString(StandardCharsets.ISO_8859_1).contains(text)) {
        int n = in.available() == 0 ? 0 : in.read(buffer);
        if (n < 0 || System.nanoTime() > deadline) {
          throw new IOException("no \"" + text + "\" in: " + seen);
        }
        seen.write(buffer, 0, n);
        if (n == 0) {
          TimeUnit.MILLISECONDS.sleep(5);
        }
      }
    }
  }
}
