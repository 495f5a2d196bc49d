package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CacheMode;
import org.jvmm.block.Committable;
import org.jvmm.block.Described;
import org.jvmm.block.ImageException;
import org.jvmm.block.OpenOptions;

/** {@code img commit}: what an image has goes to its backing file. */
final class CommitCommand extends ImgCommand {
  @Override
  String usage() {
    return """
    commit FILE  write what an image has to its backing file
      -d                  leave the image as it is; else it has nothing then
    example: jvmm img commit overlay.qcow2
    """;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    try (BlockImage image = openWritable(args.operand(0), OpenOptions.WRITABLE, err)) {
      if (!(image instanceof Committable upper)
          || !(image instanceof Described known)
          || known.backingPath() == null) {
        throw new ImageException(args.operand(0) + ": Image does not have a backing file");
      }
      upper.commit(Committable.backingOf(known, CacheMode.WRITEBACK));
      if (!args.has("-d")) {
        upper.empty();
      }
    }
    if (!quiet) {
      out.println("Image committed.");
    }
    return 0;
  }
}
