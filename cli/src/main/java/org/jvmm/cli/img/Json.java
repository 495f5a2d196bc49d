package org.jvmm.cli.img;

import java.util.List;
import java.util.Map;

/** Writes maps, lists and plain values as JSON, indented like qemu-img's. */
final class Json {
  private static final String INDENT = "    ";

  private Json() {}

  /** The text of a value, without a line's end behind it. */
  static String of(Object value) {
    StringBuilder text = new StringBuilder();
    append(text, value, "");
    return text.toString();
  }

  private static void append(StringBuilder text, Object value, String indent) {
    if (value instanceof Map<?, ?> map) {
      text.append('{');
      String separator = "\n";
      for (Map.Entry<?, ?> each : map.entrySet()) {
        text.append(separator).append(indent).append(INDENT);
        quote(text, each.getKey().toString());
        text.append(": ");
        append(text, each.getValue(), indent + INDENT);
        separator = ",\n";
      }
      text.append(map.isEmpty() ? "" : "\n" + indent).append('}');
    } else if (value instanceof List<?> list) {
      text.append('[');
      String separator = "\n";
      for (Object each : list) {
        text.append(separator).append(indent).append(INDENT);
        append(text, each, indent + INDENT);
        separator = ",\n";
      }
      text.append(list.isEmpty() ? "" : "\n" + indent).append(']');
    } else if (value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else {
      quote(text, String.valueOf(value));
    }
  }

  private static void quote(StringBuilder text, String value) {
    text.append('"');
    for (char c : value.toCharArray()) {
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        case '\r' -> text.append("\\r");
        default -> text.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
      }
    }
    text.append('"');
  }
}
