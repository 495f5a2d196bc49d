package org.jvmm.core.accel;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a user may have meant by a name that nobody knows. */
public final class NearestName {
  /** More than one edit in so many letters makes another word, not a slip. */
  private static final int LETTERS_PER_EDIT = 3;

  private NearestName() {}

  /**
   * The known name with the fewest edits.
   *
   * @return empty if none is near
   */
  public static Optional<String> of(String word, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(each -> distance(word, each)))
        .filter(each -> LETTERS_PER_EDIT * distance(word, each) <= word.length());
  }

  /** Levenshtein's distance, where two letters that have changed places count as one edit. */
  private static int distance(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        edits[i][j] = i == 0 || j == 0 ? i + j : edits(edits, a, i, b, j);
      }
    }
    return edits[a.length()][b.length()];
  }

  /** Of the first letters of both, from those of fewer. */
  private static int edits(int[][] edits, String a, int i, String b, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least = Math.min(edits[i - 1][j], edits[i][j - 1]) + 1;
    least = Math.min(least, edits[i - 1][j - 1] + (same ? 0 : 1));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, edits[i - 2][j - 2] + 1) : least;
  }
}
