package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CacheMode;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.convert.CopyOptions;
import org.jvmm.block.convert.ImageCopy;

/** {@code img convert}: a copy in another format. */
final class ConvertCommand extends ImgCommand {
  private static final int MOST_THREADS = 16;
  private static final int MOST_SPARSE = 1 << 20;

  @Override
  String usage() {
    return """
    convert SOURCE TARGET  copy a disk into another format
      -O FMT              the new image's format (raw)
      -o OPTIONS          options of that format, a=1,b=2
      -c                  compress
      -S SIZE             so many zeroes in a row are not stored (4k); 0 stores all
      -B BACKING          the file that the copy stands on; only differences are stored
      -F FMT              the backing file's format
      -l SNAPSHOT         copy a kept state
      -n                  the target is there already
      --target-is-zero    with -n: it reads as zeroes
      -m COUNT            threads that read and compress (one for each processor)
      -p                  show the progress
      -t CACHE            cache mode of the target (unsafe)
      -T CACHE            cache mode of the source (writeback)
      -W                  allow writes in any order; they stay in order
      -C                  accepted and ignored
    example: jvmm img convert -p -O qcow2 -c disk.raw disk.qcow2
    """;
  }

  private String outputFormat;
  private String target;
  private int threads;
  private boolean existing;

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    outputFormat = args.value("-O", "raw");
    target = args.operand(1);
    threads = threads();
    existing = args.has("-n");
    boolean optioned = args.has("-o") || args.has("-B") || args.has("-F");
    require(existing || !args.has("--target-is-zero"), "--target-is-zero requires use of -n flag");
    require(!existing || !optioned, "-o, -B and -F have no effect with -n: nothing is created");
    Images.format(outputFormat);
    String source = args.operand(0);
    OpenOptions how =
        reading().withCache(CacheMode.of(args.value("-T", "writeback"))).withSnapshot(snapshot());
    Path path = Path.of(target);
    if (Files.exists(path) && Files.exists(Path.of(source))) {
      require(!Files.isSameFile(path, Path.of(source)), "source and target are the same file");
    }
    try (Sources from = Sources.open(source, format, how, threads)) {
      if (existing) {
        copy(from, false, err);
        return 0;
      }
      try (Unfinished guard = new Unfinished(path, err)) {
        boolean backed = create(from, path);
        guard.overwritten();
        copy(from, backed, err);
        guard.finished();
      }
    }
    return 0;
  }

  /** {@code snapshot.id=1}, {@code snapshot.name=x} or {@code x}. */
  private String snapshot() {
    String snapshot = args.value("-l", null);
    return snapshot == null ? null : snapshot.replaceFirst("^snapshot\\.(id|name)=", "");
  }

  private int threads() throws ImageException {
    String count = args.value("-m", null);
    if (count == null) {
      return Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    }
    require(count.matches("[1-9]|1[0-6]"), "-m %s: 1 to %d threads".formatted(count, MOST_THREADS));
    return Integer.parseInt(count);
  }

  private boolean create(Sources from, Path path) throws IOException {
    Map<String, String> given = formatOptions();
    String asked = given.remove("size");
    long size = asked == null ? from.size() : size(asked);
    require(size >= from.size(), "the target's size is smaller than the source's");
    boolean backed = given.containsKey("backing_file");
    require(
        !backed || given.containsKey("backing_fmt"),
        "backing format must be specified (-F) when specifying a backing file");
    Images.create(path, outputFormat, size, new CreateOptions(given));
    return backed;
  }

  private void copy(Sources from, boolean backed, PrintStream err) throws IOException {
    CacheMode cache = CacheMode.of(args.value("-t", "unsafe"));
    OpenOptions how = OpenOptions.WRITABLE.withCache(cache).withFilling(!existing);
    try (BlockImage to = Images.open(target, outputFormat, how)) {
      if (to.size() < from.size()) {
        throw new ImageException(
            "%s has %d bytes, the source %d".formatted(target, to.size(), from.size()));
      }
      boolean zero = existing ? args.has("--target-is-zero") : !backed;
      var copyOptions = new CopyOptions(args.has("-c"), threads, sparseBytes(), zero, backed);
      try (Progress bar = Progress.of(args.has("-p") && !quiet, "converting", from.size(), err)) {
        ImageCopy.run(from.images(), to, copyOptions, bar::advance);
      }
    }
  }

  private int sparseBytes() throws ImageException {
    String sparse = args.value("-S", "4k");
    long bytes = size(sparse);
    require(
        bytes >= 0 && bytes <= MOST_SPARSE && bytes % 512 == 0,
        "-S %s: a multiple of 512, at most 1M".formatted(sparse));
    return (int) bytes;
  }
}
