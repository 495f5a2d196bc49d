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
import picocli.CommandLine.Option;

/** One of qemu-img's commands: its options, and what it does. */
abstract class ImgCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true)
  boolean help;

  @Option(names = "-q", description = "print nothing but errors")
  boolean quiet;

  @Option(names = "-f", paramLabel = "FMT", description = "the image's format; else by its magic")
  String format;

  @Option(
      names = {"-U", "--force-share"},
      description = "do not ask for the lock")
  boolean unlocked;

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

  /** The arguments in the form in which they are parsed. */
  String[] prepare(String[] args) {
    return args;
  }

  final OpenOptions reading() {
    return OpenOptions.READ_ONLY.withLocked(!unlocked);
  }

  /** Opens an image for changes, and says so when its format is a guess. */
  final BlockImage openWritable(String name, OpenOptions options, PrintStream err)
      throws IOException {
    BlockImage image = Images.open(name, format, options);
    Images.warning(image).ifPresent(each -> err.println("jvmm img: warning: " + each));
    return image;
  }

  /** Reads {@code -o} lists: {@code a=1,b=2}; a name alone is switched on. */
  static Map<String, String> formatOptions(List<String> lists) throws ImageException {
    Map<String, String> options = new HashMap<>();
    for (String list : lists) {
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
    return options;
  }

  static long size(String text) throws ImageException {
    return CreateOptions.parseSize("size", text);
  }

  static void require(boolean met, String otherwise) throws ImageException {
    if (!met) {
      throw new ImageException(otherwise);
    }
  }
}
