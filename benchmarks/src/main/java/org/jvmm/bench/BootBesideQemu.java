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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Boots the same bzImage, initrd and command line under QEMU's TCG and under jvmm's {@code soft} on
 * one or several JDKs, in turns, and prints how long each takes from the start of its process to
 * the first line of the guest's init; then what jvmm needs while the guest waits at its prompt.
 */
public final class BootBesideQemu {
  private static final String INIT = "jvmm: init", PROMPT = "~# ";
  private static final String COMMAND_LINE = "console=ttyS0 panic=-1 quiet";
  private static final String MEMORY = "512";
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration SETTLE = Duration.ofSeconds(3), IDLE = Duration.ofSeconds(30);

  private final Map<String, List<String>> commands = new LinkedHashMap<>();
  private final List<String> java = new ArrayList<>();
  private Path jar = Path.of("jvmm.jar");
  private Path kernel;
  private Path initrd;
  private int rounds = 3;

  /** Measures; prints the usage when an argument is unknown. */
  public static void main(String[] args) throws IOException, InterruptedException {
    BootBesideQemu bench = new BootBesideQemu();
    try {
      bench.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(
          "[-rounds N] [-jar jvmm.jar] [-kernel bzImage -initrd FILE] [-java OPTION]..."
              + " [JAVA_HOME...]");
      System.exit(2);
    }
    bench.run();
  }

  private void parse(String[] args) throws IOException {
    List<Path> homes = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      String value = args[i].startsWith("-") && i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "-rounds" -> rounds = Integer.parseInt(value);
        case "-jar" -> jar = Path.of(value);
        case "-kernel" -> kernel = Path.of(value);
        case "-initrd" -> initrd = Path.of(value);
        case "-java" -> java.add(value);
        default -> homes.add(home(args[i]));
      }
      i += value.isEmpty() ? 0 : 1;
    }
    if (kernel == null) {
      kernel = cached("vmlinuz");
      initrd = cached("initrd");
    }
    if (initrd == null || rounds < 1) {
      throw new IllegalArgumentException("-initrd, -rounds");
    }
    if (homes.isEmpty()) {
      homes.add(Path.of(System.getProperty("java.home")));
    }
    commands.put("QEMU tcg", command(List.of("qemu-system-x86_64", "-accel", "tcg")));
    homes.forEach(home -> commands.put("jvmm " + home.getFileName(), jvmm(home)));
  }

  private static Path home(String name) {
    Path home = Path.of(name);
    if (name.startsWith("-") || !Files.isExecutable(home.resolve("bin/java"))) {
      throw new IllegalArgumentException(name);
    }
    return home;
  }

  private List<String> jvmm(Path home) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/java").toString());
    command.addAll(java);
    command.addAll(List.of("-jar", jar.toString(), "-accel", "soft"));
    return command(command);
  }

  private List<String> command(List<String> start) {
    List<String> all = new ArrayList<>(start);
    all.addAll(List.of("-m", MEMORY, "-nographic", "-no-reboot", "-append", COMMAND_LINE));
    all.addAll(List.of("-kernel", kernel.toString(), "-initrd", initrd.toString()));
    return all;
  }

  /** A file of the newest default guest. */
  static Path cached(String name) throws IOException {
    Path images = Path.of(System.getProperty("user.home"), ".cache", "jvmm", "images");
    try (Stream<Path> files = Files.walk(images, 3)) {
      return files
          .filter(file -> file.getFileName().toString().equals(name))
          .filter(file -> isDefault(file.getParent().getParent().getFileName().toString()))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow(() -> new IOException("no " + name + " in " + images + ": run ./jvmm once"));
    }
  }

  private static boolean isDefault(String image) {
    return image.matches("debian-\\p{XDigit}+");
  }

  private void run() throws IOException, InterruptedException {
    System.out.printf("%s, %s, -m %s, \"%s\"%n", kernel, initrd, MEMORY, COMMAND_LINE);
    Map<String, Double> best = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (Map.Entry<String, List<String>> each : commands.entrySet()) {
        boolean idle = round == rounds && each.getKey().startsWith("jvmm");
        double seconds = time(each.getKey(), each.getValue(), idle);
        best.merge(each.getKey(), seconds, Math::min);
      }
    }
    double qemu = best.get("QEMU tcg");
    best.forEach(
        (name, seconds) ->
            System.out.printf("best %-35s %6.2f s, ratio %.2f%n", name, seconds, seconds / qemu));
  }

  /** Seconds from the start of the process to init. */
  private static double time(String name, List<String> command, boolean idle)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      Output output = new Output(process, process.getInputStream());
      output.await(INIT);
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%-40s %6.2f s, %6.2f s of CPU%n", name, seconds, cpuSeconds(process));
      if (idle) {
        output.await(PROMPT);
        System.out.printf("%-40s %6.2f %% of a core at the prompt%n", name, idleShare(process));
      }
      return seconds;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static double idleShare(Process process) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(SETTLE.toNanos());
    double before = cpuSeconds(process);
    TimeUnit.NANOSECONDS.sleep(IDLE.toNanos());
    return 100 * (cpuSeconds(process) - before) / IDLE.toSeconds();
  }

  /** User and system time of the process and what it has started, by their own clock. */
  static double cpuSeconds(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .mapToDouble(each -> each.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3)
        .sum();
  }

  /** What a guest prints. */
  static final class Output {
    private final Process process;
    private final InputStream in;
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final long deadline;

    /** Of a process that runs it: when that has ended, no more comes. */
    Output(Process process, InputStream in) {
      this(process, in, LIMIT);
    }

    Output(Process process, InputStream in, Duration limit) {
      this.process = process;
      this.in = in;
      deadline = System.nanoTime() + limit.toNanos();
    }

    void await(String text) throws IOException, InterruptedException {
      awaitAny(text);
    }

    /** Returns the one that is seen. */
    String awaitAny(String... texts) throws IOException, InterruptedException {
      byte[] buffer = new byte[8192];
      while (true) {
        String all = seen();
        for (String text : texts) {
          if (all.contains(text)) {
            return text;
          }
        }
        boolean ended = !process.isAlive(); // before the look at what it has left
        int n = in.available() == 0 ? 0 : in.read(buffer);
        if (n == 0 && ended || System.nanoTime() > deadline) {
          throw new IOException("none of " + List.of(texts) + " in: " + all);
        }
        seen.write(buffer, 0, n);
        if (n == 0) {
          TimeUnit.MILLISECONDS.sleep(5);
        }
      }
    }

    /** Everything up to now, and what can be read at once. */
    String rest() throws IOException {
      seen.write(in.readNBytes(in.available()));
      return seen();
    }

    private String seen() {
      return seen.toString(StandardCharsets.ISO_8859_1);
    }
  }
}
