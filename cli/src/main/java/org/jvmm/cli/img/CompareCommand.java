package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Images;
import org.jvmm.block.convert.ImageComparison;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code img compare}: whether two images hold the same disk. */
@Command(name = "compare", sortOptions = false)
final class CompareCommand extends ImgCommand {
  private static final int DIFFERENT = 1;
  private static final int FAILED = 2;

  @Option(names = "-F", paramLabel = "FMT", description = "the second image's format")
  String secondFormat;

  @Option(names = "-p", description = "show the progress")
  boolean progress;

  @Option(names = "-s", description = "the sizes have to be equal too")
  boolean strict;

  @Option(names = "-T", hidden = true)
  String cache;

  @Parameters(index = "0", paramLabel = "FILE1")
  String first;

  @Parameters(index = "1", paramLabel = "FILE2")
  String second;

  @Override
  int failureStatus() {
    return FAILED;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    try (BlockImage a = Images.open(first, format, reading());
        BlockImage b = Images.open(second, secondFormat, reading())) {
      if (a.size() != b.size()) {
        if (strict) {
          say(out, "Strict mode: Image size mismatch!");
          return DIFFERENT;
        }
        say(out, "Warning: Image size mismatch!");
      }
      long total = Math.max(a.size(), b.size());
      long at;
      try (Progress bar = Progress.of(progress, "comparing", total, err)) {
        at = ImageComparison.firstDifference(a, b, bar::advance);
      }
      if (at != ImageComparison.EQUAL) {
        say(out, "Content mismatch at offset %d!".formatted(at));
        return DIFFERENT;
      }
      say(out, "Images are identical.");
      return 0;
    }
  }

  private void say(PrintStream out, String line) {
    if (!quiet) {
      out.println(line);
    }
  }
}
