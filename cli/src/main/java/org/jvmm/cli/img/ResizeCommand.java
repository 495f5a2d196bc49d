package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.Resizable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code img resize}: a larger or smaller disk. */
@Command(name = "resize", sortOptions = false)
final class ResizeCommand extends ImgCommand {
  @Option(names = "--preallocation", paramLabel = "off|metadata|falloc|full")
  String preallocation = "off";

  @Option(names = "--shrink", description = "allow a smaller size, which loses what is behind it")
  boolean shrink;

  @Parameters(index = "0", paramLabel = "FILE")
  String file;

  private String size;

  /** The size comes last and may begin with a minus: it is no option. */
  @Override
  String[] prepare(String[] args) {
    boolean helps = Arrays.stream(args).anyMatch(each -> each.matches("-h|--help"));
    if (args.length < 2 || helps) {
      return args;
    }
    size = args[args.length - 1];
    return Arrays.copyOf(args, args.length - 1);
  }

  @Override
  int run(PrintStream out, PrintStream err) throws IOException {
    require(size != null, "a size is needed: img resize FILE [+|-]SIZE");
    boolean relative = size.startsWith("+") || size.startsWith("-");
    long given = size(relative ? size.substring(1) : size);
    try (BlockImage image = openWritable(file, OpenOptions.WRITABLE, err)) {
      if (!(image instanceof Resizable resizable)) {
        throw new ImageException("Image format driver does not support resize");
      }
      long before = image.size();
      long wanted = !relative ? given : size.startsWith("+") ? before + given : before - given;
      require(wanted > 0, "New image size must be positive");
      require(
          wanted >= before || shrink,
          "Use the --shrink option to perform a shrink operation; it loses all data beyond the"
              + " shrunken image's end");
      resizable.resize((wanted + 511) & -512, preallocation);
    }
    if (!quiet) {
      out.println("Image resized.");
    }
    return 0;
  }
}
