package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;

/** {@code img map}: where an image's disk is stored. */
final class MapCommand extends ImgCommand {
  @Override
  String usage() {
    return """
    map FILE  where an image's disk is stored
      --output FORMAT     human (usual) or json
      -s, --start-offset OFFSET   from this byte on
      -l, --max-length LENGTH     so many bytes
    example: jvmm img map --output=json disk.qcow2
    """;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String file = args.operand(0);
    boolean json = asJson();
    try (BlockImage image = Images.open(file, format, reading())) {
      long from = size(args.value("-s", "0"));
      String length = args.value("-l", null);
      long most = length == null ? Long.MAX_VALUE : size(length);
      long end = most > image.size() - from ? image.size() : from + most;
      if (json) {
        printJson(image, from, end, out);
      } else {
        printHuman(image, from, end, files(file), out);
      }
      return 0;
    }
  }

  /** One extent and all that continue it. */
  private static Extent run(BlockImage image, long at, long end) throws IOException {
    Extent run = image.extent(at);
    while (at + run.length() < end) {
      Extent next = image.extent(at + run.length());
      long follows = run.fileOffset() < 0 ? -1 : run.fileOffset() + run.length();
      if (next.allocated() != run.allocated()
          || next.zero() != run.zero()
          || next.depth() != run.depth()
          || next.fileOffset() != follows
          || !Objects.equals(fileAt(image, at), fileAt(image, at + run.length()))) {
        break;
      }
      run =
          new Extent(
              run.length() + next.length(),
              run.allocated(),
              run.zero(),
              run.fileOffset(),
              run.depth());
    }
    return run;
  }

  private static void printJson(BlockImage image, long at, long end, PrintStream out)
      throws IOException {
    String separator = "[";
    while (at < end) {
      Extent run = run(image, at, end);
      long length = Math.min(run.length(), end - at);
      boolean present = run.allocated() || run.fileOffset() >= 0 || !run.zero();
      out.print(separator);
      out.print(
          ("{ \"start\": %d, \"length\": %d, \"depth\": %d, \"present\": %b, \"zero\": %b,"
                  + " \"data\": %b")
              .formatted(at, length, run.depth(), present, run.zero(), !run.zero()));
      out.print(run.fileOffset() < 0 ? "}" : ", \"offset\": %d}".formatted(run.fileOffset()));
      separator = ",\n";
      at += length;
    }
    out.println(separator.equals("[") ? "[]" : "]");
  }

  private static void printHuman(
      BlockImage image, long at, long end, List<String> files, PrintStream out) throws IOException {
    out.println("%-16s%-16s%-16s%s".formatted("Offset", "Length", "Mapped to", "File"));
    while (at < end) {
      Extent run = run(image, at, end);
      long length = Math.min(run.length(), end - at);
      if (!run.zero()) {
        if (run.fileOffset() < 0) {
          throw new ImageException("File contains external, encrypted or compressed clusters.");
        }
        String other = run.depth() == 0 ? fileAt(image, at) : null;
        String file = other == null ? files.get(run.depth()) : other;
        out.println(
            "%-16s%-16s%-16s%s".formatted(hex(at), hex(length), hex(run.fileOffset()), file));
      }
      at += length;
    }
  }

  private static String fileAt(BlockImage image, long offset) {
    return image instanceof Described described ? described.fileAt(offset) : null;
  }

  private static String hex(long value) {
    return value == 0 ? "0" : "%#x".formatted(value);
  }

  /** The files of the chain, from the top. */
  private List<String> files(String file) throws IOException {
    List<String> files = new ArrayList<>();
    ImageReport report = ImageReport.of(file, format, reading());
    files.add(file);
    for (Path below = report.backingPath(); below != null; below = report.backingPath()) {
      files.add(below.toString());
      report = ImageReport.of(below.toString(), report.backingFormat(), reading());
    }
    return files;
  }
}
