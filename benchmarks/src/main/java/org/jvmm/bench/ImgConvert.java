package org.jvmm.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jvmm.cli.img.Img;

/**
 * {@code jvmm img convert}, and compare, check and map, beside {@code qemu-img} on the same files,
 * which hold an ext4 file system made of a directory of this host: as a process of its own ({@code
 * ./jvmm}, and {@code java -jar jvmm.jar}), so with the JVM's start, and within this JVM, so
 * without it. The runs of all sides alternate, the page cache is warm and what was written is on
 * the disk before the next begins, the best run counts, and {@code qemu-img compare} looks at what
 * was written. Needs qemu-img and mke2fs, and room for about four times the size.
 */
public final class ImgConvert {
  private static final int RUNS = 3;
  private static final int STARTS = 10;
  private static final double LONGEST_CASE = 40;
  private static final int MIB = 1 << 20;
  private static final double NANOS = 1e9;

  /** Who converts. */
  private enum Side {
    QEMU("qemu-img", "qemu-img"),
    LAUNCHER("./jvmm", Path.of("jvmm").toAbsolutePath().toString(), "img"),
    JAR(
        "java -jar",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-jar",
        Path.of("jvmm.jar").toAbsolutePath().toString(),
        "img"),
    WARM("warm");

    private final String title;
    private final List<String> command;

    Side(String title, String... command) {
      this.title = title;
      this.command = List.of(command);
    }
  }

  /** What is made of what; all images hold the disk of {@code disk.raw} or {@code sparse.raw}. */
  private record Case(String name, String original, String source, List<String> options) {
    String target() {
      return "target." + options.get(3);
    }
  }

  private static final List<Case> CASES =
      List.of(
          of("raw-qcow2", "disk.raw", "raw", "qcow2"),
          of("qcow2-raw", "disk.qcow2", "qcow2", "raw"),
          of("raw-zlib", "disk.raw", "raw", "qcow2", "-c"),
          of("zlib-raw", "zlib.qcow2", "qcow2", "raw"),
          of("raw-zstd", "disk.raw", "raw", "qcow2", "-c", "-o", "compression_type=zstd"),
          of("zstd-raw", "zstd.qcow2", "qcow2", "raw"),
          of("raw-stream", "disk.raw", "raw", "vmdk", "-o", "subformat=streamOptimized"),
          of("stream-raw", "stream.vmdk", "vmdk", "raw"),
          of("raw-vmdk", "disk.raw", "raw", "vmdk"),
          of("raw-vdi", "disk.raw", "raw", "vdi"),
          of("raw-vpc", "disk.raw", "raw", "vpc", "-o", "force_size"),
          of("raw-raw", "disk.raw", "raw", "raw"),
          of("qcow2-qcow2", "disk.qcow2", "qcow2", "qcow2"),
          of("sparse-qcow2", "sparse.raw", "raw", "qcow2"),
          of("sparse-raw", "sparse.qcow2", "qcow2", "raw"));

  private static Case of(String name, String source, String from, String to, String... more) {
    List<String> options = new ArrayList<>(List.of("-f", from, "-O", to));
    options.addAll(List.of(more));
    return new Case(name, source.startsWith("sparse") ? "sparse.raw" : "disk.raw", source, options);
  }

  /** Commands that only read, and the start, a command that does next to nothing. */
  private static final Map<String, List<String>> OTHERS =
      Map.of(
          "start", List.of("create", "-q", "-f", "raw", "start.raw", "1M"),
          "compare", List.of("compare", "-f", "raw", "-F", "qcow2", "disk.raw", "disk.qcow2"),
          "check", List.of("check", "disk.qcow2"),
          "map", List.of("map", "--output=json", "disk.qcow2"));

  private final Path directory;

  private ImgConvert(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 3) {
      System.err.println("usage: ImgConvert DIRECTORY CONTENT MIB [CASE...]");
      System.err.println("  DIRECTORY for the images, which stay there for the next run");
      System.err.println("  CONTENT   the directory that goes into the disk, such as /usr/share");
      System.err.println("  MIB       the disk's size; the content must fit");
      System.err.println("  CASE      of " + CASES.stream().map(Case::name).toList());
      System.err.println("            or compare, check, map; without any all are run");
      System.exit(2);
    }
    var bench = new ImgConvert(Path.of(args[0]));
    bench.makeSources(args[1], Integer.parseInt(args[2]));
    bench.run(List.of(args).subList(3, args.length));
  }

  private void run(List<String> wanted) throws IOException, InterruptedException {
    System.out.printf(
        "%s; %d cores; Java %s%nseconds, and their ratio to qemu-img's%n%-13s",
        qemuVersion(), Runtime.getRuntime().availableProcessors(), Runtime.version(), "");
    for (Side each : Side.values()) {
      System.out.printf(each == Side.QEMU ? " %9s" : " %9s      ", each.title);
    }
    System.out.printf(" %12s%n", "MiB of each");
    timeOther("start");
    double[] product = new double[Side.values().length];
    Arrays.fill(product, 1);
    int count = 0;
    for (Case each : CASES) {
      if (wanted.isEmpty() || wanted.contains(each.name)) {
        double[] best = measure(each);
        for (int i = 0; i < best.length; i++) {
          product[i] *= best[i] / best[0];
        }
        count++;
      }
    }
    for (int i = 0; i < product.length; i++) {
      product[i] = Math.pow(product[i], 1.0 / Math.max(1, count));
    }
    print("geometric", product);
    System.out.println();
    for (String each : List.of("compare", "check", "map")) {
      if (wanted.isEmpty() || wanted.contains(each)) {
        timeOther(each);
      }
    }
  }

  private static void print(String name, double[] best) {
    System.out.printf(Locale.ROOT, "%-13s %9.3f", name, best[0]);
    for (int i = 1; i < best.length; i++) {
      System.out.printf(Locale.ROOT, " %9.3f %5.2f", best[i], best[i] / best[0]);
    }
  }

  private void timeOther(String name) throws IOException, InterruptedException {
    double[] best = new double[Side.JAR.ordinal() + 1];
    Arrays.fill(best, Double.MAX_VALUE);
    for (int run = 0; run < STARTS; run++) {
      for (int i = 0; i < best.length; i++) {
        List<String> command = new ArrayList<>(Side.values()[i].command);
        command.addAll(OTHERS.get(name));
        best[i] = Math.min(best[i], timed(command));
      }
    }
    print(name, best);
    System.out.println();
  }

  /** Seconds of each side. */
  private double[] measure(Case each) throws IOException, InterruptedException {
    double[] best = new double[Side.values().length];
    Arrays.fill(best, Double.MAX_VALUE);
    long[] stored = new long[2];
    double spent = 0;
    for (int run = 0; run < RUNS && spent < LONGEST_CASE; run++) {
      for (Side side : Side.values()) {
        double seconds = convert(side, each);
        spent += seconds;
        best[side.ordinal()] = Math.min(best[side.ordinal()], seconds);
        if (run == 0) {
          stored[side == Side.QEMU ? 0 : 1] = storage(each.target());
          compare(each);
        }
      }
    }
    Files.delete(directory.resolve(each.target()));
    print(each.name, best);
    System.out.printf(" %12s%n", stored[0] / MIB + " " + stored[1] / MIB);
    return best;
  }

  /** Bytes of storage, holes not counted. */
  private long storage(String name) throws IOException {
    Process du = new ProcessBuilder("du", "-B1", name).directory(directory.toFile()).start();
    String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return Long.parseLong(line.substring(0, line.indexOf('\t')));
  }

  private void compare(Case each) throws IOException, InterruptedException {
    List<String> command = List.of("qemu-img", "compare", "-q", "-f", "raw", "-F");
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(each.options.get(3), each.original, each.target()));
    execute(all);
  }

  private double convert(Side side, Case each) throws IOException, InterruptedException {
    Path target = directory.resolve(each.target());
    execute(List.of("sync"));
    // Last: a virtual machine's host takes back large free memory soon, and gives it again slowly.
    Files.deleteIfExists(target);
    List<String> all = new ArrayList<>(side.command);
    all.add("convert");
    all.addAll(each.options);
    if (side == Side.WARM) {
      all.addAll(List.of(directory.resolve(each.source).toString(), target.toString()));
      return warm(all);
    }
    all.addAll(List.of(each.source, each.target()));
    return timed(all);
  }

  private double timed(List<String> command) throws IOException, InterruptedException {
    long start = System.nanoTime();
    execute(command);
    return (System.nanoTime() - start) / NANOS;
  }

  private void execute(List<String> command) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException(command + " ended with " + status);
    }
  }

  private static double warm(List<String> command) throws IOException {
    long start = System.nanoTime();
    int status =
        Img.run(
            command.toArray(new String[0]),
            new PrintStream(OutputStream.nullOutputStream()),
            System.err);
    if (status != 0) {
      throw new IOException(command + " ended with " + status);
    }
    return (System.nanoTime() - start) / NANOS;
  }

  private static String qemuVersion() throws IOException {
    Process process = new ProcessBuilder("qemu-img", "--version").start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .findFirst()
        .orElse("");
  }

  private void makeSources(String content, int mebibytes) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    if (Files.notExists(directory.resolve("disk.raw"))) {
      execute(List.of("mke2fs", "-q", "-t", "ext4", "-d", content, "disk.raw", mebibytes + "M"));
      makeSparse(directory.resolve("sparse.raw"));
    }
    make("disk.qcow2", "disk.raw", "-O", "qcow2");
    make("zlib.qcow2", "disk.raw", "-O", "qcow2", "-c");
    make("zstd.qcow2", "disk.raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd");
    make("stream.vmdk", "disk.raw", "-O", "vmdk", "-o", "subformat=streamOptimized");
    make("sparse.qcow2", "sparse.raw", "-O", "qcow2");
  }

  private void make(String target, String source, String... options)
      throws IOException, InterruptedException {
    if (Files.notExists(directory.resolve(target))) {
      List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-f", "raw"));
      command.addAll(List.of(options));
      command.addAll(List.of(source, target));
      execute(command);
    }
  }

  /** A disk of 64 GiB with a MiB here and there. */
  private static void makeSparse(Path file) throws IOException {
    byte[] noise = new byte[MIB];
    new Random(1).nextBytes(noise);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      for (long at = 0; at < 64L << 30; at += 256L * MIB) {
        channel.write(ByteBuffer.wrap(noise), at);
      }
      channel.write(ByteBuffer.allocate(1), (64L << 30) - 1);
    }
  }
}
