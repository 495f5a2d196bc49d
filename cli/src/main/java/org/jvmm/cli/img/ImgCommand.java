package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** One of qemu-img's commands: its options, and what it does. */
abstract class ImgCommand {
  private static final String COMMON_OPTIONS =
      """
        -f FMT              the image's format; without it its magic decides
        -q                  print nothing but errors
        -U, --force-share   do not ask for the lock
        -h, --help          print this
      """;

  /** What the user gave. */
  Arguments args;

  String format;
  boolean quiet;

  /** The line that names the operands, the options, and behind them an example. */
  abstract String usage();

  /**
   * Does the work.
   *
   * @return the exit status
   * @throws IOException whose message tells the user what went wrong
   */
  abstract int run(PrintStream out, PrintStream err) throws IOException;

  /** The exit status after an error. */
  int failureStatus() {
    return 1;
  }

  /** Parses the arguments and does the work, or prints the usage. */
  final int run(String[] arguments, PrintStream out, PrintStream err) throws IOException {
    args = parse(arguments);
    format = args.value("-f", null);
    quiet = args.has("-q");
    if (args.has("--help")) {
      out.print("usage: jvmm img " + wholeUsage());
      return 0;
    }
    return run(out, err);
  }

  Arguments parse(String[] arguments) throws ImageException {
    return Arguments.parse(wholeUsage(), arguments);
  }

  /** The common options stand behind the command's own. */
  private String wholeUsage() {
    String usage = usage();
    int example = usage.indexOf("example:");
    return usage.substring(0, example) + COMMON_OPTIONS + usage.substring(example);
  }

  final OpenOptions reading() {
    return OpenOptions.READ_ONLY.withLocked(!args.has("-U"));
  }

  /** Opens an image for changes, and says so when its format is a guess. */
  final BlockImage openWritable(String name, OpenOptions options, PrintStream err)
      throws IOException {
    BlockImage image = Images.open(name, format, options);
    Images.warning(image).ifPresent(each -> err.println("jvmm img: warning: " + each));
    return image;
  }

  /** What {@code -o a=1,b=2}, {@code -b} or {@code -B}, and {@code -F} say of a new image. */
  final Map<String, String> formatOptions() throws ImageException {
    Map<String, String> options = new HashMap<>();
    for (String list : args.values("-o")) {
      for (String each : list.split("(?<!,),(?!,)")) {
        int equals = each.indexOf('=');
        String name = equals < 0 ? each : each.substring(0, equals);
        if (name.isEmpty()) {
          throw new ImageException("-o %s: an option without a name".formatted(list));
        }
        String value = equals < 0 ? "on" : each.substring(equals + 1);
        options.put(name, value.replace(",,", ","));
      }
    }
    for (String backing : List.of("-b", "-B")) {
      if (args.has(backing)) {
        options.put("backing_file", args.value(backing, null));
      }
    }
    if (args.has("-F")) {
      options.put("backing_fmt", args.value("-F", null));
    }
    return options;
  }

  static long size(String text) throws ImageException {
    return CreateOptions.parseSize("size", text);
  }

  /** The value of {@code --output}. */
  final boolean asJson() throws ImageException {
    String output = args.value("--output", "human");
    require(output.matches("human|json"), "--output %s: human or json".formatted(output));
    return output.equals("json");
  }

  static void require(boolean met, String otherwise) throws ImageException {
    if (!met) {
      throw new ImageException(otherwise);
    }
  }
}
