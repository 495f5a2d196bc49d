package org.jvmm.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jvmm.cli.img.Img;

/**
 * {@code jvmm img convert} beside {@code qemu-img convert} on the same files: as a process of its
 * own, so with the JVM's start, and within this JVM, so without it. The best of several runs
 * counts, the runs of both sides alternate. Arguments: a directory for about three times the size,
 * and the disk's size in MiB (1024).
 */
public final class ImgConvert {
  private static final int RUNS = 3;
  private static final int MIB = 1 << 20;
  private static final double NANOS = 1e9;

  private record Case(String name, String source, List<String> options, String target) {}

  private final Path directory;
  private final int mebibytes;

  private ImgConvert(Path directory, int mebibytes) {
    this.directory = directory;
    this.mebibytes = mebibytes;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 1) {
      System.err.println("usage: ImgConvert DIRECTORY [MIB]");
      System.exit(2);
    }
    new ImgConvert(Path.of(args[0]), args.length > 1 ? Integer.parseInt(args[1]) : 1024).run();
  }

  private void run() throws IOException, InterruptedException {
    makeSource(directory.resolve("source.raw"));
    qemu(List.of("-f", "raw", "-O", "qcow2"), "source.raw", "source.qcow2");
    qemu(List.of("-f", "raw", "-O", "qcow2", "-c"), "source.raw", "packed.qcow2");
    System.out.printf(
        "%d MiB, half of it holes; %d cores; %s%n",
        mebibytes, Runtime.getRuntime().availableProcessors(), System.getProperty("java.version"));
    System.out.printf(
        "%-26s %9s %9s %7s %9s %7s%n", "seconds", "qemu-img", "process", "ratio", "warm", "ratio");
    for (Case each :
        List.of(
            new Case("raw -> qcow2", "source.raw", formats("raw", "qcow2"), "t.qcow2"),
            new Case("qcow2 -> raw", "source.qcow2", formats("qcow2", "raw"), "t.raw"),
            new Case("raw -> qcow2 -c", "source.raw", formats("raw", "qcow2", "-c"), "t.qcow2"),
            new Case("qcow2 -c -> raw", "packed.qcow2", formats("qcow2", "raw"), "t.raw"),
            new Case("raw -> vmdk", "source.raw", formats("raw", "vmdk"), "t.vmdk"),
            new Case(
                "raw -> vmdk stream",
                "source.raw",
                formats("raw", "vmdk", "-o", "subformat=streamOptimized"),
                "t.vmdk"))) {
      measure(each);
    }
  }

  private static List<String> formats(String from, String to, String... more) {
    List<String> options = new ArrayList<>(List.of("-f", from, "-O", to));
    options.addAll(List.of(more));
    return options;
  }

  private void measure(Case each) throws IOException, InterruptedException {
    double qemu = Double.MAX_VALUE;
    double process = Double.MAX_VALUE;
    double warm = Double.MAX_VALUE;
    long qemuBytes = 0;
    long bytes = 0;
    for (int run = 0; run < RUNS; run++) {
      Files.deleteIfExists(directory.resolve(each.target));
      qemu = Math.min(qemu, qemu(each.options, each.source, each.target));
      qemuBytes = Files.size(directory.resolve(each.target));
      Files.deleteIfExists(directory.resolve(each.target));
      process = Math.min(process, process(each));
      bytes = Files.size(directory.resolve(each.target));
      Files.deleteIfExists(directory.resolve(each.target));
      warm = Math.min(warm, warm(each));
    }
    System.out.printf(
        "%-26s %9.2f %9.2f %7.2f %9.2f %7.2f   %d and %d MiB%n",
        each.name, qemu, process, process / qemu, warm, warm / qemu, qemuBytes / MIB, bytes / MIB);
  }

  private double qemu(List<String> options, String source, String target)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("qemu-img", "convert"));
    command.addAll(options);
    return timed(command, source, target);
  }

  private double process(Case each) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                "org.jvmm.cli.Jvmm",
                "img",
                "convert"));
    command.addAll(each.options);
    return timed(command, each.source, each.target);
  }

  private double timed(List<String> command, String source, String target)
      throws IOException, InterruptedException {
    command.add(source);
    command.add(target);
    long start = System.nanoTime();
    int status =
        new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException(command + " ended with " + status);
    }
    return (System.nanoTime() - start) / NANOS;
  }

  private double warm(Case each) throws IOException {
    List<String> command = new ArrayList<>(List.of("convert"));
    command.addAll(each.options);
    command.add(directory.resolve(each.source).toString());
    command.add(directory.resolve(each.target).toString());
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

  /** MiB by MiB in turn: random bytes, a hole, words, a hole. */
  private void makeSource(Path file) throws IOException {
    Random random = new Random(1);
    byte[] noise = new byte[MIB];
    byte[][] words = new byte[256][];
    for (int i = 0; i < words.length; i++) {
      words[i] = (Integer.toString(random.nextInt(1 << 24), 36) + " ").getBytes();
    }
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (int i = 0; i < mebibytes; i += 2) {
        if (i % 4 == 0) {
          random.nextBytes(noise);
        } else {
          ByteBuffer text = ByteBuffer.wrap(noise);
          while (text.remaining() > 16) {
            text.put(words[random.nextInt(words.length)]);
          }
        }
        channel.write(ByteBuffer.wrap(noise), (long) i * MIB);
      }
      channel.write(ByteBuffer.allocate(1), (long) mebibytes * MIB - 1);
    }
  }
}
