package org.jvmm.cli;

import java.util.Arrays;
import java.util.List;
import org.jvmm.cli.img.Img;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.mem.RamException;
import org.jvmm.pc.boot.BootException;
import picocli.CommandLine;

/**
 * {@code java -jar jvmm.jar}: reads the command line, runs the machine, turns what happened into an
 * exit status.
 */
public final class Jvmm {
  private Jvmm() {}

  public static void main(String[] args) {
    int status = execute(args);
    System.exit(status); // not a mere return: a thread may sit in a blocking read of standard input
  }

  static int execute(String[] args) {
    if (args.length > 0 && args[0].equals("doctor")) {
      return Doctor.run();
    }
    if (args.length > 0 && args[0].equals("img")) {
      return Img.run(Arrays.copyOfRange(args, 1, args.length), System.out, System.err);
    }
    Options options = new Options();
    try {
      CommandLine parser = parser(options);
      parser.parseArgs(args);
      if (options.help || options.version) {
        System.out.print(
            options.help ? parser.getUsageMessage() : "jvmm " + version() + System.lineSeparator());
        return ExitStatus.OK;
      }
      return new RunCommand(options).run();
    } catch (CommandLine.ParameterException e) {
      return fail(options, ExitStatus.USAGE, Suggestions.explain(e), e);
    } catch (UsageException | BootException | ConfigException e) {
      return fail(options, ExitStatus.USAGE, e.getMessage(), e);
    } catch (AccelException | RamException e) {
      return fail(options, ExitStatus.HOST, e.getMessage(), e);
    } catch (InterruptedException e) {
      return fail(options, ExitStatus.HOST, "interrupted", e);
    }
  }

  static CommandLine parser(Options options) {
    return new CommandLine(options)
        .setPosixClusteredShortOptionsAllowed(false)
        .setUnmatchedOptionsArePositionalParams(false)
        .setOverwrittenOptionsAllowed(true);
  }

  private static String version() {
    String version = Jvmm.class.getPackage().getImplementationVersion();
    return version == null ? "(not from a jar)" : version;
  }

  private static int fail(Options options, int status, String message, Exception cause) {
    System.err.println("jvmm: " + message);
    if (options.verbose) {
      cause.printStackTrace();
    }
    return status;
  }

  /** Names of all options, for suggestions. */
  static List<String> optionNames(CommandLine parser) {
    return parser.getCommandSpec().options().stream()
        .flatMap(each -> List.of(each.names()).stream())
        .toList();
  }
}
