package org.jvmm.guests.debian;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Reads apt.conf(5) text into a flat map with lower-case keys such as {@code acquire::http::proxy}.
 * List items, {@code #include} and {@code #clear} are passed over.
 */
final class AptSettings {
  private final String text;
  private int at;

  private AptSettings(String text) {
    this.text = text;
  }

  static Map<String, String> parse(String text) {
    return new AptSettings(text).read();
  }

  private Map<String, String> read() {
    Map<String, String> settings = new HashMap<>();
    Deque<String> scopes = new ArrayDeque<>();
    String name = "";
    for (String token = next(); token != null; token = next()) {
      switch (token) {
        case "{" -> {
          scopes.push(name);
          name = "";
        }
        case "}" -> {
          if (!scopes.isEmpty()) {
            scopes.pop();
          }
          name = "";
        }
        case ";" -> name = "";
        default -> {
          boolean value = token.charAt(0) == '"' || !name.isEmpty();
          String plain = token.replace("\"", "");
          if (value && !name.isEmpty()) {
            settings.put(key(scopes, name), plain);
          } else if (!value) {
            name = plain;
          }
        }
      }
    }
    return settings;
  }

  private static String key(Deque<String> scopes, String name) {
    StringBuilder key = new StringBuilder();
    scopes.descendingIterator().forEachRemaining(scope -> key.append(scope).append("::"));
    return key.append(name).toString().toLowerCase(Locale.ROOT);
  }

  /** The next word, quoted string (with its quotes) or one of { } ; — null at the end. */
  private String next() {
    skipBlanksAndComments();
    if (at >= text.length()) {
      return null;
    }
    int start = at;
    char c = text.charAt(at++);
    if (c == '{' || c == '}' || c == ';') {
      return String.valueOf(c);
    }
    if (c == '"') {
      int end = text.indexOf('"', at);
      at = end < 0 ? text.length() : end + 1;
      return text.substring(start, at);
    }
    while (at < text.length() && "{};\"".indexOf(text.charAt(at)) < 0 && !blank(text.charAt(at))) {
      at++;
    }
    return text.substring(start, at);
  }

  private void skipBlanksAndComments() {
    while (at < text.length()) {
      if (blank(text.charAt(at))) {
        at++;
      } else if (text.startsWith("//", at) || text.charAt(at) == '#') {
        skipTo("\n");
      } else if (text.startsWith("/*", at)) {
        skipTo("*/");
      } else {
        return;
      }
    }
  }

  private void skipTo(String end) {
    int found = text.indexOf(end, at);
    at = found < 0 ? text.length() : found + end.length();
  }

  private static boolean blank(char c) {
    return Character.isWhitespace(c);
  }
}
