package org.jvmm.cli;

import java.util.List;
import picocli.CommandLine;

/** Reads any command line by what {@link Options} declares, prints help, and explains mistakes. */
final class AnyLine {
  private AnyLine() {}

  static int run(String[] args) {
    Options options = new Options();
    CommandLine parser = parser(options);
    try {
      parser.parseArgs(args);
    } catch (CommandLine.ParameterException e) {
      return Jvmm.fail(options, ExitStatus.USAGE, Suggestions.explain(e), e);
    }
    if (options.help) {
      System.out.print(parser.getUsageMessage());
      return ExitStatus.OK;
    }
    return Jvmm.run(options);
  }

  static CommandLine parser(Options options) {
    CommandLine parser = new CommandLine(options);
    ForeignOptions.declare(parser.getCommandSpec(), options);
    return parser
        .setPosixClusteredShortOptionsAllowed(false)
        .setUnmatchedOptionsArePositionalParams(false)
        .setOverwrittenOptionsAllowed(true);
  }

  /** Names of all options, for suggestions. */
  static List<String> optionNames(CommandLine parser) {
    return parser.getCommandSpec().options().stream()
        .flatMap(each -> List.of(each.names()).stream())
        .toList();
  }
}
