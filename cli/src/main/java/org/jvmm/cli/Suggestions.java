package org.jvmm.cli;

import java.util.Comparator;
import java.util.List;
import picocli.CommandLine;

/** Turns picocli's errors into one line, an unknown option with the nearest known one. */
final class Suggestions {
  /** How many keystrokes apart a suggestion may be. */
  private static final int FARTHEST = 4;

  private Suggestions() {}

  static String explain(CommandLine.ParameterException error) {
    if (error instanceof CommandLine.UnmatchedArgumentException unmatched) {
      String wrong = unmatched.getUnmatched().get(0);
      if (!wrong.startsWith("-")) {
        return "'%s' is not an option; a kernel is given with -kernel (see -help)".formatted(wrong);
      }
      String nearest = nearest(wrong, Jvmm.optionNames(error.getCommandLine()));
      return "unknown option '%s'%s (see -help)"
          .formatted(wrong, nearest == null ? "" : "; did you mean '%s'?".formatted(nearest));
    }
    return error.getMessage();
  }

  /** The known word with the fewest edits, or null if none is near. */
  static String nearest(String word, List<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(each -> distance(word, each)))
        .filter(each -> distance(word, each) <= Math.min(FARTHEST, word.length() - 1))
        .orElse(null);
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
