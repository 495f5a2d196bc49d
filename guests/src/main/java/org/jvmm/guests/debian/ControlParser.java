package org.jvmm.guests.debian;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads control files (Debian Policy 5.1): paragraphs of fields, one at a time. Field names come
 * out in lower case; continuation lines keep their line breaks and lose their first blank.
 */
final class ControlParser {
  private ControlParser() {}

  /** Gives every paragraph to the consumer; with a set of names, only those fields. */
  static void parse(Reader input, Set<String> wanted, Consumer<Map<String, String>> paragraphs)
      throws IOException {
    BufferedReader reader = new BufferedReader(input, 1 << 16);
    Map<String, String> fields = new HashMap<>();
    String name = null;
    StringBuilder value = new StringBuilder();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.isBlank()) {
        flush(fields, name, value);
        name = null;
        if (!fields.isEmpty()) {
          paragraphs.accept(fields);
          fields = new HashMap<>();
        }
      } else if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
        if (name != null) {
          value.append('\n').append(line, 1, line.length());
        }
      } else if (line.charAt(0) != '#') {
        flush(fields, name, value);
        int colon = line.indexOf(':');
        String key = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
        name = colon > 0 && (wanted.isEmpty() || wanted.contains(key)) ? key : null;
        if (name != null) {
          value.append(line.substring(colon + 1).strip());
        }
      }
    }
    flush(fields, name, value);
    if (!fields.isEmpty()) {
      paragraphs.accept(fields);
    }
  }

  private static void flush(Map<String, String> fields, String name, StringBuilder value) {
    if (name != null) {
      fields.put(name, value.toString());
    }
    value.setLength(0);
  }
}
