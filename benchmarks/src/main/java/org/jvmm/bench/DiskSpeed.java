package org.jvmm.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.core.backend.IoBuffer;

/**
 * The image layer beside {@code qemu-img bench}: the same requests, one at a time, to the same
 * files through the host's page cache. The runs of both sides alternate, the median counts; what is
 * allocated is allocated anew for each run. Times are those of the requests, without the start of a
 * process and without opening. Arguments: a directory for twice the size, and the disk's size in
 * MiB (512).
 *
 * <p>Random requests go in strides of a large prime number of blocks, which {@code qemu-img bench}
 * can do too: every block once, no two neighbours after each other.
 */
public final class DiskSpeed {
  private static final int RUNS = 5;
  private static final int LARGE = 1 << 20;
  private static final int SMALL = 4096;
  private static final long STRIDE = 7919L * SMALL;
  private static final Pattern SECONDS = Pattern.compile("completed in ([0-9.]+) seconds");

  /**
   * What is done.
   *
   * @param flushEvery requests between two flushes, 0 for none
   * @param fresh whether the image is empty before each run
   */
  private record Load(
      String name, boolean write, int size, long stride, int flushEvery, boolean fresh) {}

  private static final List<Load> LOADS =
      List.of(
          new Load("write, new, 1 MiB", true, LARGE, LARGE, 0, true),
          new Load("write, again, 1 MiB", true, LARGE, LARGE, 0, false),
          new Load("read, 1 MiB", false, LARGE, LARGE, 0, false),
          new Load("read, random 4 KiB", false, SMALL, STRIDE, 0, false),
          new Load("write, random 4 KiB", true, SMALL, STRIDE, 0, false),
          new Load("write, new, random 4 KiB", true, SMALL, STRIDE, 0, true),
          new Load("write, 4 KiB, flush/64", true, SMALL, STRIDE, 64, false));

  private record Image(String format, Map<String, String> options) {
    @Override
    public String toString() {
      return format + (options.isEmpty() ? "" : " " + options);
    }
  }

  private static final List<Image> IMAGES =
      List.of(
          new Image("raw", Map.of()),
          new Image("qcow2", Map.of()),
          new Image("qcow2", Map.of("cluster_size", "4k")),
          new Image("qcow2", Map.of("cluster_size", "2M")));

  private final Path path;
  private final long size;

  private DiskSpeed(Path path, long size) {
    this.path = path;
    this.size = size;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length < 1) {
      System.err.println("usage: DiskSpeed DIRECTORY [MIB]");
      System.exit(2);
    }
    long size = (arguments.length > 1 ? Long.parseLong(arguments[1]) : 512) << 20;
    System.out.printf(
        "%d MiB; %d cores; %s; requests a second%n%-24s %-26s %10s %10s %6s%n",
        size >> 20,
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        "image",
        "load",
        "qemu-img",
        "jvmm",
        "ratio");
    Path path = Files.createTempFile(Path.of(arguments[0]), "speed", ".img");
    try {
      for (Image image : IMAGES) {
        new DiskSpeed(path, size).measure(image);
      }
    } finally {
      Files.delete(path);
    }
  }

  private void measure(Image image) throws IOException, InterruptedException {
    create(image);
    for (Load load : LOADS) {
      int count = count(load);
      double[] theirs = new double[RUNS];
      double[] ours = new double[RUNS];
      ours(image, load, count); // for the compiler
      for (int i = 0; i < RUNS; i++) {
        ours[i] = count / ours(image, load, count);
        theirs[i] = count / theirs(image, load, count);
      }
      Arrays.sort(theirs);
      Arrays.sort(ours);
      double ratio = ours[RUNS / 2] / theirs[RUNS / 2];
      System.out.printf(
          "%-24s %-26s %10.0f %10.0f %6.2f%n",
          image, load.name, theirs[RUNS / 2], ours[RUNS / 2], ratio);
    }
  }

  /** The whole disk in large requests, an eighth of it in small ones, less with flushes. */
  private int count(Load load) {
    long most = size / load.size;
    return (int) (load.size == LARGE ? most : load.flushEvery > 0 ? most / 256 : most / 8);
  }

  private void create(Image image) throws IOException {
    Files.delete(path);
    Images.create(path, image.format, size, new CreateOptions(image.options));
  }

  private double ours(Image kind, Load load, int count) throws IOException {
    if (load.fresh) {
      create(kind);
    }
    ByteBuffer buffer = IoBuffer.allocate(load.size);
    while (buffer.hasRemaining()) {
      buffer.put((byte) 0x5a);
    }
    try (BlockImage image = Images.open(path, kind.format, OpenOptions.WRITABLE)) {
      long start = System.nanoTime();
      long at = 0;
      for (int i = 1; i <= count; i++) {
        if (load.write) {
          image.write(at, buffer.clear());
        } else {
          image.read(at, buffer.clear());
        }
        if (load.flushEvery > 0 && i % load.flushEvery == 0) {
          image.flush();
        }
        at = (at + load.stride) % size;
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private double theirs(Image kind, Load load, int count) throws IOException, InterruptedException {
    if (load.fresh) {
      create(kind);
    }
    Stream<String> requests =
        Stream.of(
            "qemu-img bench -t writeback -d 1 -f",
            kind.format,
            "-c " + count,
            "-s " + load.size,
            "-S " + load.stride,
            load.write ? "-w --pattern=0x5a" : "",
            load.flushEvery > 0 ? "--flush-interval=" + load.flushEvery : "");
    List<String> command =
        Stream.concat(requests.flatMap(each -> Stream.of(each.split(" "))), Stream.of(path + ""))
            .filter(each -> !each.isEmpty())
            .toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher seconds = SECONDS.matcher(output);
    if (process.waitFor() != 0 || !seconds.find()) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return Double.parseDouble(seconds.group(1));
  }
}
