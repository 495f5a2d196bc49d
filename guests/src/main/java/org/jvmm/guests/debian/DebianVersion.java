package org.jvmm.guests.debian;

import java.util.Comparator;

/** Order of version numbers, [epoch:]upstream[-revision] (Debian Policy 5.6.12). */
final class DebianVersion {
  static final Comparator<String> ORDER = DebianVersion::compare;

  private DebianVersion() {}

  static int compare(String a, String b) {
    int byEpoch = Long.compare(epoch(a), epoch(b));
    if (byEpoch != 0) {
      return byEpoch;
    }
    int byUpstream = compareParts(upstream(a), upstream(b));
    return byUpstream != 0 ? byUpstream : compareParts(revision(a), revision(b));
  }

  private static long epoch(String version) {
    int colon = version.indexOf(':');
    String digits = colon < 0 ? "0" : version.substring(0, colon);
    return digits.matches("\\d{1,9}") ? Long.parseLong(digits) : 0;
  }

  private static String upstream(String version) {
    String rest = version.substring(version.indexOf(':') + 1);
    int dash = rest.lastIndexOf('-');
    return dash < 0 ? rest : rest.substring(0, dash);
  }

  private static String revision(String version) {
    int dash = version.lastIndexOf('-');
    return dash < 0 ? "" : version.substring(dash + 1);
  }

  /** Runs of non-digits and of digits in turn. */
  private static int compareParts(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      while (i < a.length() && !digit(a, i) || j < b.length() && !digit(b, j)) {
        int order = Integer.compare(weight(a, i), weight(b, j));
        if (order != 0) {
          return order;
        }
        i++;
        j++;
      }
      int endA = endOfDigits(a, i);
      int endB = endOfDigits(b, j);
      int order = compareNumbers(a.substring(i, endA), b.substring(j, endB));
      if (order != 0) {
        return order;
      }
      i = endA;
      j = endB;
    }
    return 0;
  }

  private static int compareNumbers(String a, String b) {
    String x = a.replaceFirst("^0+", "");
    String y = b.replaceFirst("^0+", "");
    return x.length() != y.length() ? Integer.compare(x.length(), y.length()) : x.compareTo(y);
  }

  /** Tilde before the end, the end before letters, letters before everything else. */
  private static int weight(String s, int i) {
    if (i >= s.length() || digit(s, i)) {
      return 0;
    }
    char c = s.charAt(i);
    if (c == '~') {
      return -1;
    }
    return Character.isLetter(c) ? c : c + 256;
  }

  private static boolean digit(String s, int i) {
    return s.charAt(i) >= '0' && s.charAt(i) <= '9';
  }

  private static int endOfDigits(String s, int from) {
    int i = from;
    while (i < s.length() && digit(s, i)) {
      i++;
    }
    return i;
  }
}
