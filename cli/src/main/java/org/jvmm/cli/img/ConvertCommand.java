package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CacheMode;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.convert.CopyOptions;
import org.jvmm.block.convert.ImageCopy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code img convert}: a copy in another format. */
@Command(name = "convert", sortOptions = false)
final class ConvertCommand extends ImgCommand {
  private static final int MOST_THREADS = 16;
  private static final int MOST_SPARSE = 1 << 20;

  @Option(names = "-O", paramLabel = "FMT", description = "the new image's format")
  String outputFormat = "raw";

  @Option(names = "-c", description = "compress")
  boolean compress;

  @Option(names = "-p", description = "show the progress")
  boolean progress;

  @Option(names = "-n", description = "the target is there already")
  boolean existing;

  @Option(names = "-o", paramLabel = "OPTIONS", description = "options of the format, a=1,b=2")
  List<String> options = new ArrayList<>();

  @Option(names = "-B", paramLabel = "BACKING", description = "the file that the copy stands on")
  String backing;

  @Option(names = "-F", paramLabel = "FMT", description = "the backing file's format")
  String backingFormat;

  @Option(names = "-l", paramLabel = "SNAPSHOT", description = "copy a kept state")
  String snapshot;

  @Option(names = "-S", paramLabel = "SIZE", description = "so many zeroes are not stored")
  String sparse = "4k";

  @Option(names = "-m", paramLabel = "COUNT", description = "threads that compress")
  int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());

  @Option(names = "-W", description = "allow writes in any order; they stay in order")
  boolean anyOrder;

  @Option(names = "-C", hidden = true)
  boolean offload;

  @Option(names = "-t", paramLabel = "CACHE", description = "cache mode of the target")
  String cache = "unsafe";

  @Option(names = "-T", paramLabel = "CACHE", description = "cache mode of the source")
  String sourceCache = "writeback";

  @Option(names = "--target-is-zero", description = "with -n: the target reads as zeroes")
  boolean targetZero;

  @Parameters(index = "0", paramLabel = "SOURCE")
  String source;

  @Parameters(index = "1", paramLabel = "TARGET")
  String target;

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    require(threads >= 1 && threads <= MOST_THREADS, "-m: 1 to " + MOST_THREADS + " threads");
    require(!targetZero || existing, "--target-is-zero requires use of -n flag");
    require(!existing || options.isEmpty(), "-o has no effect when skipping image creation (-n)");
    Images.format(outputFormat);
    OpenOptions how = reading().withCache(CacheMode.of(sourceCache)).withSnapshot(snapshotName());
    Path path = Path.of(target);
    if (Files.exists(path) && Files.exists(Path.of(source))) {
      require(!Files.isSameFile(path, Path.of(source)), "source and target are the same file");
    }
    try (BlockImage from = Images.open(source, format, how)) {
      if (existing) {
        copy(from, false, err);
        return 0;
      }
      try (Unfinished guard = new Unfinished(path, err)) {
        boolean backed = create(from, path);
        copy(from, backed, err);
        guard.finished();
      }
    }
    return 0;
  }

  /** {@code snapshot.id=1}, {@code snapshot.name=x} or {@code x}. */
  private String snapshotName() {
    return snapshot == null ? null : snapshot.replaceFirst("^snapshot\\.(id|name)=", "");
  }

  private boolean create(BlockImage from, Path path) throws IOException {
    Map<String, String> given = formatOptions(options);
    if (backing != null) {
      given.put("backing_file", backing);
    }
    if (backingFormat != null) {
      given.put("backing_fmt", backingFormat);
    }
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

  private void copy(BlockImage from, boolean backed, PrintStream err) throws IOException {
    OpenOptions how = OpenOptions.WRITABLE.withCache(CacheMode.of(cache));
    try (BlockImage to = Images.open(target, outputFormat, how)) {
      if (to.size() < from.size()) {
        throw new ImageException(
            "%s has %d bytes, the source %d".formatted(target, to.size(), from.size()));
      }
      boolean zero = existing ? targetZero : !backed;
      var copyOptions = new CopyOptions(compress, threads, sparseBytes(), zero, backed);
      try (Progress bar = Progress.of(progress && !quiet, "converting", from.size(), err)) {
        ImageCopy.run(from, to, copyOptions, bar::advance);
      }
    }
  }

  private int sparseBytes() throws ImageException {
    long bytes = size(sparse);
    require(
        bytes >= 0 && bytes <= MOST_SPARSE && bytes % 512 == 0,
        "-S %s: a multiple of 512, at most 1M".formatted(sparse));
    return (int) bytes;
  }
}
