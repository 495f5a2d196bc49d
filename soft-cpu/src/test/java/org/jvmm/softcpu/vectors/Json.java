package org.jvmm.softcpu.vectors;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** As much of JSON as the recorded vectors use: objects, arrays, strings without escapes, longs. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** Parses an object. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(String text) {
    return (Map<String, Object>) new Json(text).value();
  }

  private char next() {
    while (Character.isWhitespace(text.charAt(at)) || text.charAt(at) == ',') {
      at++;
    }
    return text.charAt(at);
  }

  private Object value() {
    char c = next();
    if (c == '{') {
      at++;
      Map<String, Object> object = new HashMap<>();
      while (next() != '}') {
        String key = (String) value();
        at++; // the colon
        object.put(key, value());
      }
      at++;
      return object;
    }
    if (c == '[') {
      at++;
      List<Object> list = new ArrayList<>();
      while (next() != ']') {
        list.add(value());
      }
      at++;
      return list;
    }
    if (c == '"') {
      int end = text.indexOf('"', at + 1);
      String string = text.substring(at + 1, end);
      at = end + 1;
      return string;
    }
    int start = at;
    while ("-0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return Long.parseLong(text.substring(start, at));
  }
}
