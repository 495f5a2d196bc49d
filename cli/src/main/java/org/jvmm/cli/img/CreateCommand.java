package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;

/** {@code img create}: a new image. */
final class CreateCommand extends ImgCommand {
  @Override
  String usage() {
    return """
    create FILE [SIZE]  make an image
      -b BACKING          the file that the image stands on, which gives the size
      -F FMT              the backing file's format
      -o OPTIONS          options of the format, a=1,b=2
      -u                  do not open the backing file
    example: jvmm img create -f qcow2 disk.qcow2 10G
    """;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String file = args.operand(0);
    String size = args.operand(1);
    String name = format == null ? "raw" : format;
    Images.format(name);
    Map<String, String> given = formatOptions();
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
    try (Unfinished guard = new Unfinished(path, err)) {
      Images.create(path, name, size, options);
      guard.finished();
    }
  }

  /** The backing file must be there and its format be said; it gives the size if none was given. */
  private long overBacking(Path path, Map<String, String> given, long bytes) throws IOException {
    String below = given.get("backing_file");
    String belowFormat = given.get("backing_fmt");
    if (args.has("-u")) {
      return bytes;
    }
    Path belowPath = Images.backingPath(path, below);
    try (BlockImage image = Images.open(belowPath, belowFormat, reading())) {
      if (belowFormat == null) {
        throw new ImageException(
            "%s: Backing file specified without backing format; Detected format of %s (-F %s)"
                .formatted(path, image.format(), image.format()));
      }
      return bytes < 0 ? image.size() : bytes;
    }
  }
}
