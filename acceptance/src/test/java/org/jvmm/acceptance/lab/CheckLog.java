package org.jvmm.acceptance.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what {@code lab/checks/run} prints: each check's transcript between a line {@code @begin
 * NAME} and a line {@code @end NAME STATUS SECONDS}.
 */
final class CheckLog {
  /** The exit status by which a check says that it cannot run; its last line is the reason. */
  static final int SKIPPED = 77;

  /** Lines of a failed check that a report repeats; the whole transcript stands in the log. */
  private static final int SHOWN = 50;

  /**
   * One finished check.
   *
   * @param name the name of its file
   * @param status its exit status
   * @param transcript what it printed
   */
  record Check(String name, int status, List<String> transcript) {
    String reason() {
      return transcript.isEmpty() ? "no reason given" : transcript.get(transcript.size() - 1);
    }

    /** What went wrong in its own words, and the lines that led there. */
    String failure() {
      int at = transcript.size() - 1;
      while (at >= 0 && !transcript.get(at).startsWith("FAIL: ")) {
        at--;
      }
      int end = at < 0 ? transcript.size() : at + 1;
      return "%s, status %d%s\n%s"
          .formatted(
              name,
              status,
              at < 0 ? "" : ", " + transcript.get(at),
              tail(transcript.subList(0, end)));
    }
  }

  private static final Pattern BEGIN = Pattern.compile("@begin (\\S+)");
  private static final Pattern END = Pattern.compile("@end (\\S+) (\\d+) \\S+");

  private final Map<String, Check> finished = new HashMap<>();
  private final List<String> transcript = new ArrayList<>();
  private String open;

  /** Takes the next line. */
  void line(String line) {
    Matcher end = END.matcher(line);
    Matcher begin = BEGIN.matcher(line);
    if (begin.matches()) {
      open = begin.group(1);
      transcript.clear();
    } else if (end.matches() && end.group(1).equals(open)) {
      int status = Integer.parseInt(end.group(2));
      finished.put(open, new Check(open, status, List.copyOf(transcript)));
      open = null;
    } else {
      transcript.add(line);
    }
  }

  /** The last run of a check that came to an end. */
  Optional<Check> finished(String name) {
    return Optional.ofNullable(finished.get(name));
  }

  /** Whether a check ended well, or had a reason not to run. */
  boolean passed(String name) {
    return finished(name).stream().anyMatch(c -> c.status() == 0 || c.status() == SKIPPED);
  }

  /** What is wrong with a check that did not pass. */
  String failure(String name) {
    return finished(name)
        .map(Check::failure)
        .orElseGet(() -> name + " never ended; the lab's last lines:\n" + tail(transcript));
  }

  private static String tail(List<String> lines) {
    return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN), lines.size()));
  }
}
