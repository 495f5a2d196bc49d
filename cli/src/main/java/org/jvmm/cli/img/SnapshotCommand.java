package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.Snapshots;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code img snapshot}: the states that an image keeps. */
@Command(name = "snapshot", sortOptions = false)
final class SnapshotCommand extends ImgCommand {
  /** What to do; at most one. */
  static final class Action {
    @Option(names = "-l", description = "list them")
    boolean list;

    @Option(names = "-c", paramLabel = "NAME", description = "keep the present state")
    String create;

    @Option(names = "-a", paramLabel = "NAME", description = "go back to a state")
    String apply;

    @Option(names = "-d", paramLabel = "NAME", description = "forget a state")
    String delete;
  }

  @ArgGroup(exclusive = true)
  Action action;

  @Parameters(index = "0", paramLabel = "FILE")
  String file;

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    if (action == null || action.list) {
      try (BlockImage image = Images.open(file, format, reading().withBacking(false))) {
        var kept =
            image instanceof Snapshots keeper ? keeper.snapshots() : List.<Snapshots.Info>of();
        if (!kept.isEmpty()) {
          ImageReport.print(kept, out);
        }
      }
      return 0;
    }
    try (BlockImage image = openWritable(file, OpenOptions.WRITABLE, err)) {
      if (!(image instanceof Snapshots keeper)) {
        throw new ImageException("format %s keeps no snapshots".formatted(image.format()));
      }
      if (action.create != null) {
        keeper.createSnapshot(action.create);
      } else if (action.apply != null) {
        keeper.applySnapshot(action.apply);
      } else {
        keeper.deleteSnapshot(action.delete);
      }
    }
    return 0;
  }
}
