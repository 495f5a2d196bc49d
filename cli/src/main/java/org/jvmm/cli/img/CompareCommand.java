package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Images;
import org.jvmm.block.convert.ImageComparison;

/** {@code img compare}: whether two images hold the same disk. */
final class CompareCommand extends ImgCommand {
  private static final int DIFFERENT = 1;
  private static final int FAILED = 2;

  @Override
  String usage() {
    return """
    compare FILE1 FILE2  whether two images hold the same disk
      -F FMT              the second image's format
      -s                  the sizes have to be equal too
      -p                  show the progress
      -T CACHE            accepted and ignored
    example: jvmm img compare disk.raw disk.qcow2
    status: 0 equal, 1 different, 2 failed
    """;
  }

  @Override
  int failureStatus() {
    return FAILED;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    try (BlockImage a = Images.open(args.operand(0), format, reading());
        BlockImage b = Images.open(args.operand(1), args.value("-F", null), reading())) {
      if (a.size() != b.size()) {
        if (args.has("-s")) {
          say(out, "Strict mode: Image size mismatch!");
          return DIFFERENT;
        }
        say(out, "Warning: Image size mismatch!");
      }
      long total = Math.max(a.size(), b.size());
      long at;
      try (Progress bar = Progress.of(args.has("-p") && !quiet, "comparing", total, err)) {
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
