package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.Snapshots;

/** {@code img snapshot}: the states that an image keeps. */
final class SnapshotCommand extends ImgCommand {
  private static final List<String> ACTIONS = List.of("-l", "-c", "-a", "-d");

  @Override
  String usage() {
    return """
    snapshot FILE  the states that an image keeps
      -l                  list them
      -c NAME             keep the present state
      -a NAME             go back to a state
      -d NAME             forget a state
    example: jvmm img snapshot -c clean disk.qcow2
    """;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String file = args.operand(0);
    List<String> actions = ACTIONS.stream().filter(args::has).toList();
    require(actions.size() <= 1, "one of -l, -c, -a and -d at a time");
    String action = actions.isEmpty() ? "-l" : actions.get(0);
    if (action.equals("-l")) {
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
      String name = args.value(action, null);
      switch (action) {
        case "-c" -> keeper.createSnapshot(name);
        case "-a" -> keeper.applySnapshot(name);
        default -> keeper.deleteSnapshot(name);
      }
    }
    return 0;
  }
}
