package org.jvmm.core.accel;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a user may have meant by a name that nobody knows. */
public final class NearestName {
  /** More edits than this make another word, not a slip. */
  private static final int MOST_EDITS = 4;

  private NearestName() {}

  /**
   * The known name with the fewest edits.
   *
   * @return empty if none is near
   */
  public static Optional<String> of(String word, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(each -> distance(word, each)))
        .filter(each -> distance(word, each) <= Math.min(MOST_EDITS, word.length() - 1));
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
