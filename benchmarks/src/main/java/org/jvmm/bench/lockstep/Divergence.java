package org.jvmm.bench.lockstep;

import java.util.List;

/**
 * Where two engines part.
 *
 * @param instructions how many were complete when they differed first
 * @param last the instructions before that, the one that made the difference last
 * @param differences one line for each
 */
public record Divergence(long instructions, List<String> last, List<String> differences) {
  /** For people. */
  public String report(String left, String right) {
    return "%s and %s differ after instruction %d%n  %s%n%s"
        .formatted(
            left,
            right,
            instructions,
            String.join("%n  ".formatted(), last),
            String.join("%n".formatted(), differences));
  }
}
