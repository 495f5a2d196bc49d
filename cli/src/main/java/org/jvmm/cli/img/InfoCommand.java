package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.block.ImageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code img info}: what an image is. */
@Command(name = "info", sortOptions = false)
final class InfoCommand extends ImgCommand {
  private static final int LONGEST_CHAIN = 200;

  @Option(names = "--output", paramLabel = "human|json")
  OutputFormat output = OutputFormat.human;

  @Option(names = "--backing-chain", description = "the images below it too")
  boolean chain;

  @Parameters(index = "0", paramLabel = "FILE")
  String file;

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    List<ImageReport> reports = new ArrayList<>();
    reports.add(ImageReport.of(file, format, reading()));
    ImageReport top = reports.get(0);
    while (chain && top.backingPath() != null) {
      top = ImageReport.of(top.backingPath().toString(), top.backingFormat(), reading());
      reports.add(top);
      if (reports.size() > LONGEST_CHAIN) {
        throw new ImageException(
            "%s: more than %d files in the chain of backing files: a cycle?"
                .formatted(file, LONGEST_CHAIN));
      }
    }
    if (output == OutputFormat.json) {
      var maps = reports.stream().map(ImageReport::json).toList();
      out.println(Json.of(chain ? maps : maps.get(0)));
      return 0;
    }
    for (int i = 0; i < reports.size(); i++) {
      if (i > 0) {
        out.println();
      }
      reports.get(i).print(out);
    }
    return 0;
  }
}
