package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.Resizable;

/** {@code img resize}: a larger or smaller disk. */
final class ResizeCommand extends ImgCommand {
  /** Stands for the minus of a size, which is no option. */
  private static final String SMALLER = "~";

  /** The size comes last and may begin with a minus: it is no option. */
  @Override
  String usage() {
    return """
    resize FILE SIZE  make a disk larger or smaller; +1G and -1G are relative
      --shrink            allow a smaller size, which loses what is behind it
      --preallocation MODE  of new bytes: off, metadata, falloc or full
    example: jvmm img resize disk.qcow2 +10G
    """;
  }

  @Override
  Arguments parse(String[] arguments) throws ImageException {
    int last = arguments.length - 1;
    if (last > 0 && arguments[last].matches("-[0-9].*")) {
      arguments = arguments.clone();
      arguments[last] = SMALLER + arguments[last].substring(1);
    }
    return super.parse(arguments);
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    String size = args.operand(1);
    boolean larger = size.startsWith("+");
    boolean smaller = size.startsWith(SMALLER);
    long given = size(larger || smaller ? size.substring(1) : size);
    try (BlockImage image = openWritable(args.operand(0), OpenOptions.WRITABLE, err)) {
      if (!(image instanceof Resizable resizable)) {
        throw new ImageException("Image format driver does not support resize");
      }
      long before = image.size();
      long wanted = larger ? before + given : smaller ? before - given : given;
      require(wanted > 0, "New image size must be positive");
      require(
          wanted >= before || args.has("--shrink"),
          "Use the --shrink option to perform a shrink operation; it loses all data beyond the"
              + " shrunken image's end");
      resizable.resize((wanted + 511) & -512, args.value("--preallocation", "off"));
    }
    if (!quiet) {
      out.println("Image resized.");
    }
    return 0;
  }
}
