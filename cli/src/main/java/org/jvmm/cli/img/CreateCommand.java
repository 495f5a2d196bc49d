package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code img create}: a new image. */
@Command(name = "create", sortOptions = false)
final class CreateCommand extends ImgCommand {
  @Option(names = "-b", paramLabel = "BACKING", description = "the file that the image stands on")
  String backing;

  @Option(names = "-F", paramLabel = "FMT", description = "the backing file's format")
  String backingFormat;

  @Option(names = "-o", paramLabel = "OPTIONS", description = "options of the format, a=1,b=2")
  List<String> options = new ArrayList<>();

  @Option(names = "-u", description = "do not open the backing file")
  boolean unsafe;

  @Parameters(index = "0", paramLabel = "FILE")
  String file;

  @Parameters(index = "1", arity = "0..1", paramLabel = "SIZE")
  String size;

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String name = format == null ? "raw" : format;
    Images.format(name);
    Map<String, String> given = formatOptions(options);
    if (backing != null) {
      given.put("backing_file", backing);
    }
    if (backingFormat != null) {
      given.put("backing_fmt", backingFormat);
    }
    String asked = size != null ? size : given.remove("size");
    given.remove("size");
    long bytes = asked == null ? -1 : size(asked);
    Path path = Path.of(file);
    if (given.containsKey("backing_file")) {
      bytes = overBacking(path, given, bytes);
    }
    require(bytes >= 0, file + ": Image creation needs a size parameter");
    long rounded = (bytes + 511) & -512;
    if (!quiet) {
      out.println(FormattingLine.of(file, name, rounded, given));
    }
    create(path, name, rounded, new CreateOptions(given), err);
    return 0;
  }

  /** A mistake in the options leaves no empty file behind. */
  private static void create(
      Path path, String name, long size, CreateOptions options, PrintStream err)
      throws IOException {
    if (Files.exists(path)) {
      Images.create(path, name, size, options);
      return;
    }
    try (Unfinished guard = new Unfinished(path, err)) {
      Images.create(path, name, size, options);
      guard.finished();
    }
  }

  /** The backing file must be there and its format be said; it gives the size if none was given. */
  private long overBacking(Path path, Map<String, String> given, long bytes) throws IOException {
    String below = given.get("backing_file");
    String belowFormat = given.get("backing_fmt");
    if (unsafe) {
      return bytes;
    }
    Path belowPath = Images.backingPath(path, below);
    try (BlockImage image = Images.open(belowPath, belowFormat, reading())) {
      if (belowFormat == null) {
        throw new ImageException(
            "%s: Backing file specified without backing format; Detected format of %s (-F %s)"
                .formatted(file, image.format(), image.format()));
      }
      return bytes < 0 ? image.size() : bytes;
    }
  }
}
