package org.jvmm.guests.debian;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One alternative of a relationship field (Debian Policy 7.1): a name with an optional version
 * bound.
 *
 * @param name package or virtual package
 * @param operator one of {@code << <= = >= >>}, empty without a bound
 * @param version the bound, empty without
 */
record Relation(String name, String operator, String version) {
  private static final Pattern SYNTAX =
      Pattern.compile(
          "([^\\s:(\\[<]+)(?::[a-z0-9-]+)?\\s*(?:\\(\\s*(<<|<=|=|>=|>>)\\s*([^\\s)]+)\\s*\\))?.*");

  /** The field's conjunction of alternatives. */
  static List<List<Relation>> parse(String field) {
    List<List<Relation>> all = new ArrayList<>();
    for (String group : field.split(",")) {
      List<Relation> alternatives = new ArrayList<>();
      for (String text : group.split("\\|")) {
        Matcher m = SYNTAX.matcher(text.strip());
        if (m.matches()) {
          String operator = m.group(2) == null ? "" : m.group(2);
          alternatives.add(
              new Relation(m.group(1), operator, m.group(3) == null ? "" : m.group(3)));
        }
      }
      if (!alternatives.isEmpty()) {
        all.add(alternatives);
      }
    }
    return all;
  }

  /** Whether a package of this version satisfies the bound. */
  boolean allows(String actual) {
    if (operator.isEmpty()) {
      return true;
    }
    int order = DebianVersion.compare(actual, version);
    return switch (operator) {
      case "<<" -> order < 0;
      case "<=" -> order <= 0;
      case "=" -> order == 0;
      case ">=" -> order >= 0;
      default -> order > 0;
    };
  }

  @Override
  public String toString() {
    return operator.isEmpty() ? name : "%s (%s %s)".formatted(name, operator, version);
  }
}
