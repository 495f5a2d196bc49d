package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.block.ImageException;

/** {@code img info}: what an image is. */
final class InfoCommand extends ImgCommand {
  private static final int LONGEST_CHAIN = 200;

  @Override
  String usage() {
    return """
    info FILE  what an image is
      --output FORMAT     human (usual) or json
      --backing-chain     the images below it too
    example: jvmm img info --output=json disk.qcow2
    """;
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String file = args.operand(0);
    boolean chain = args.has("--backing-chain");
    boolean json = asJson();
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
    if (json) {
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
