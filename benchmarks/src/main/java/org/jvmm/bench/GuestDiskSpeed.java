package org.jvmm.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.GuestImage;
import org.jvmm.guests.GuestRecipe;
import org.jvmm.guests.fetch.TerminalProgress;

/**
 * Throughput of {@code dd} in a guest on an IDE disk, jvmm's {@code soft} beside QEMU's TCG: the
 * same kernel, drive and image, by bus-master DMA and by PIO, past the guest's page cache and
 * through it, VMM after VMM in one run. Time is the host's, from line to line of the guest's
 * console; the medians of all rounds count: of the first passes, in which a JVM compiles, and by
 * DMA of later ones.
 */
public final class GuestDiskSpeed {
  private static final int ROUNDS = 2, COLD = 5, WARM_UP = 8;
  private static final int LIMIT_SECONDS = 400;
  private static final String MARK = "@";

  /** How sectors pass, with the kernel parameter, MiB of a pass, and passes. */
  private enum Mode {
    DMA("", 256, 2 * COLD + WARM_UP),
    PIO("libata.dma=0 ", 32, COLD);

    private final String parameter;
    private final int mebibytes;
    private final int passes;

    Mode(String parameter, int mebibytes, int passes) {
      this.parameter = parameter;
      this.mebibytes = mebibytes;
      this.passes = passes;
    }
  }

  /** What dd does: past the guest's page cache, or through it, when it is empty. */
  private enum Way {
    READ("if=/dev/sda of=/dev/null iflag=direct"),
    WRITE("if=/dev/zero of=/dev/sda oflag=direct conv=fsync"),
    CACHED_READ("if=/dev/sda of=/dev/null"),
    CACHED_WRITE("if=/dev/zero of=/dev/sda conv=fsync");

    private final String operands;

    Way(String operands) {
      this.operands = operands;
    }
  }

  private final GuestImage guest;
  private final Path image;

  private GuestDiskSpeed(GuestImage guest, Path image) {
    this.guest = guest;
    this.image = image;
  }

  /**
   * Measures.
   *
   * @param args options of the java command that runs jvmm
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    GuestImage guest =
        GuestCatalog.ofHost(Optional.empty())
            .provide(GuestRecipe.DEBIAN, new TerminalProgress(System.err, false));
    Path image = Files.createTempFile("jvmm-disk", ".raw");
    try {
      fill(image);
      new GuestDiskSpeed(guest, image).compare(List.of(args));
    } finally {
      Files.delete(image);
    }
  }

  private static void fill(Path image) throws IOException {
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
      for (int i = 0; i < Mode.DMA.mebibytes; i++) {
        file.write(ByteBuffer.wrap(bytes));
      }
    }
  }

  private void compare(List<String> jvmOptions) throws IOException, InterruptedException {
    List<String> qemu = List.of("qemu-system-x86_64", "-M", "pc", "-accel", "tcg", "-net", "none");
    List<String> jvmm = new ArrayList<>();
    jvmm.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    jvmm.addAll(jvmOptions);
    jvmm.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.jvmm.cli.Jvmm"));
    jvmm.addAll(List.of("-accel", "soft"));
    for (Mode mode : Mode.values()) {
      List<Map<Way, List<Double>>> theirs = new ArrayList<>();
      List<Map<Way, List<Double>>> ours = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        theirs.add(run(qemu, mode));
        ours.add(run(jvmm, mode));
      }
      for (Way way : Way.values()) {
        print(mode + " " + way + " cold", pick(ours, way, 0, COLD), pick(theirs, way, 0, COLD));
        if (mode.passes > COLD) {
          int from = COLD + WARM_UP;
          print(
              mode + " " + way + " warm",
              pick(ours, way, from, mode.passes),
              pick(theirs, way, from, mode.passes));
        }
      }
    }
  }

  /** Passes of all rounds. */
  private static List<Double> pick(List<Map<Way, List<Double>>> rounds, Way way, int from, int to) {
    return rounds.stream().flatMap(round -> round.get(way).subList(from, to).stream()).toList();
  }

  private static void print(String what, List<Double> ours, List<Double> theirs) {
    System.out.printf(
        Locale.ROOT,
        "%-21s jvmm %7.1f MiB/s  qemu %7.1f MiB/s  ratio %.2f  (jvmm %s; qemu %s)%n",
        what.toLowerCase(Locale.ROOT).replace('_', ' '),
        median(ours),
        median(theirs),
        median(ours) / median(theirs),
        passes(ours),
        passes(theirs));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElse(Double.NaN);
  }

  private static String passes(List<Double> values) {
    StringBuilder text = new StringBuilder();
    values.forEach(value -> text.append(text.isEmpty() ? "" : " ").append(Math.round(value)));
    return text.toString();
  }

  /** Boots; returns the MiB a second of each pass. */
  private Map<Way, List<Double>> run(List<String> vmm, Mode mode)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(vmm);
    command.addAll(List.of("-m", "512", "-nographic", "-no-reboot"));
    command.addAll(List.of("-drive", "if=ide,format=raw,cache=writeback,file=" + image));
    command.addAll(List.of("-kernel", guest.kernel().toString()));
    command.addAll(List.of("-initrd", guest.initrd().toString()));
    command.addAll(
        List.of(
            "-append",
            guest.append()
                + " panic=-1 quiet "
                + mode.parameter
                + "\"jvmm.run="
                + script(mode)
                + "\""));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    StringBuilder said = new StringBuilder();
    Map<Way, List<Double>> results = new EnumMap<>(Way.class);
    try (BufferedReader lines = process.inputReader(StandardCharsets.ISO_8859_1)) {
      process.getOutputStream().close();
      process
          .toHandle()
          .onExit()
          .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
          .exceptionally(
              late -> {
                process.destroyForcibly();
                return null;
              });
      read(lines, mode, results, said);
    } finally {
      process.destroyForcibly().waitFor();
    }
    if (!said.toString().contains("jvmm: exit 0")) {
      throw new IOException(command + " said\n" + said);
    }
    return results;
  }

  private static String script(Mode mode) {
    StringBuilder script = new StringBuilder("for i in $(seq " + mode.passes + "); do ");
    for (Way way : Way.values()) {
      script.append(
          "echo 3 >/proc/sys/vm/drop_caches; echo %s; dd bs=1M count=%d %s 2>/dev/null && echo %s%s; "
              .formatted(MARK, mode.mebibytes, way.operands, MARK, way));
    }
    return script + "done";
  }

  private static void read(
      BufferedReader lines, Mode mode, Map<Way, List<Double>> results, StringBuilder said)
      throws IOException {
    long begin = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      long now = System.nanoTime();
      said.append(line).append('\n');
      String word = line.strip();
      if (word.equals(MARK)) {
        begin = now;
      }
      for (Way way : Way.values()) {
        if (word.equals(MARK + way)) {
          double seconds = (now - begin) / 1e9;
          results.computeIfAbsent(way, any -> new ArrayList<>()).add(mode.mebibytes / seconds);
        }
      }
    }
  }
}
