package org.jvmm.cli.img;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import org.jvmm.block.Images;
import org.jvmm.core.accel.NearestName;

/** Chooses the command, parses its options, and makes an exit status of what comes of it. */
public final class Img {
  private static final int FAILED = 1;

  private static final List<String> COMMANDS =
      List.of(
          "check", "commit", "compare", "convert", "create", "info", "map", "resize", "snapshot");

  private Img() {}

  /**
   * Runs a command.
   *
   * @param args the command's name and its arguments, as qemu-img takes them
   * @return qemu-img's exit status
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length == 0) {
      err.println("jvmm img: a command is needed: " + String.join(", ", COMMANDS));
      return FAILED;
    }
    if (args[0].matches("-h|-help|--help|help")) {
      help(out);
      return 0;
    }
    if (!COMMANDS.contains(args[0])) {
      String hint =
          NearestName.of(args[0], COMMANDS)
              .map("; did you mean '%s'?"::formatted)
              .orElse("; known are " + String.join(", ", COMMANDS));
      err.println("jvmm img: unknown command '%s'%s".formatted(args[0], hint));
      return FAILED;
    }
    loadAhead();
    return run(command(args[0]), Arrays.copyOfRange(args, 1, args.length), out, err);
  }

  /** Native functions are loaded while the arguments are parsed. */
  private static void loadAhead() {
    Thread loader = new Thread(Images::load, "image loader");
    loader.setDaemon(true);
    loader.start();
  }

  private static ImgCommand command(String name) {
    return switch (name) {
      case "check" -> new CheckCommand();
      case "commit" -> new CommitCommand();
      case "compare" -> new CompareCommand();
      case "convert" -> new ConvertCommand();
      case "create" -> new CreateCommand();
      case "info" -> new InfoCommand();
      case "map" -> new MapCommand();
      case "resize" -> new ResizeCommand();
      case "snapshot" -> new SnapshotCommand();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static int run(ImgCommand command, String[] args, PrintStream out, PrintStream err) {
    try {
      return command.run(args, out, err);
    } catch (IOException e) {
      err.println("jvmm img: " + e.getMessage());
      return command.failureStatus();
    }
  }

  private static void help(PrintStream out) {
    out.println("usage: jvmm img COMMAND [OPTIONS] FILE..., in qemu-img's manner");
    for (String each : COMMANDS) {
      out.println("  " + command(each).usage().lines().findFirst().orElse(""));
    }
    out.println("jvmm img COMMAND --help tells a command's options, with an example");
  }
}
