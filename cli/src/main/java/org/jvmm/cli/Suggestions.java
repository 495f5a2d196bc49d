package org.jvmm.cli;

import org.jvmm.core.accel.NearestName;
import picocli.CommandLine;

/** Turns picocli's errors into one line, an unknown option with the nearest known one. */
final class Suggestions {
  private Suggestions() {}

  static String explain(CommandLine.ParameterException error) {
    if (error instanceof CommandLine.UnmatchedArgumentException unmatched) {
      String wrong = unmatched.getUnmatched().get(0);
      if (!wrong.startsWith("-")) {
        return "'%s' is not an option; a kernel is given with -kernel (see -help)".formatted(wrong);
      }
      String hint =
          NearestName.of(wrong, AnyLine.optionNames(error.getCommandLine()))
              .map("; did you mean '%s'?"::formatted)
              .orElse("");
      return "unknown option '%s'%s (see -help)".formatted(wrong, hint);
    }
    return error.getMessage();
  }
}
