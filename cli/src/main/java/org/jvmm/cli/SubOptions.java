package org.jvmm.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jvmm.core.accel.NearestName;

/**
 * An option's argument of the form {@code key=value,key=value}, of which the first key may be left
 * out; a comma in a value is doubled, as QEMU has it. Keys are taken one after the other; what
 * {@link #end} finds untaken is an error.
 */
final class SubOptions {
  private final String option;
  private final String text;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> known = new ArrayList<>();

  /**
   * Takes an argument apart.
   *
   * @param option its name, for errors
   * @param firstKey the key that a first word without one has, or null if there is none
   */
  SubOptions(String option, String text, String firstKey) {
    this.option = option;
    this.text = text;
    String[] words = text.replace(",,", "\0").split(",", -1);
    for (int i = 0; i < words.length; i++) {
      String word = words[i].replace('\0', ',');
      int equals = word.indexOf('=');
      if (equals > 0) {
        values.put(word.substring(0, equals), word.substring(equals + 1));
      } else if (i == 0 && firstKey != null) {
        values.put(firstKey, word);
      } else if (!word.isEmpty()) {
        throw fault("'%s' is not key=value", word);
      }
    }
  }

  /** An error in this argument. */
  UsageException fault(String format, Object... arguments) {
    return new UsageException("%s %s: %s".formatted(option, text, format.formatted(arguments)));
  }

  /** Takes a key's value, or null. */
  String take(String key) {
    known.add(key);
    return values.remove(key);
  }

  /** Takes a key's value, or another one if it is not there. */
  String take(String key, String otherwise) {
    String value = take(key);
    return value == null ? otherwise : value;
  }

  /** Takes on or off. */
  boolean takeSwitch(String key, boolean otherwise) {
    String value = take(key, otherwise ? "on" : "off");
    return switch (value) {
      case "on", "yes", "true" -> true;
      case "off", "no", "false" -> false;
      default -> throw fault("%s is on or off", key);
    };
  }

  /** Takes a number in C's forms. */
  int takeNumber(String key, int otherwise, int least, int most) {
    String value = take(key);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.decode(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new UsageException(fault("%s=%s is not a number", key, value).getMessage(), e);
    }
    throw fault("%s is from %d to %d", key, least, most);
  }

  /** Takes the name of a constant, in lower case. */
  <E extends Enum<E>> E takeName(String key, Class<E> type, E otherwise) {
    String value = take(key);
    if (value == null) {
      return otherwise;
    }
    for (E each : type.getEnumConstants()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(value)) {
        return each;
      }
    }
    throw fault("%s=%s is not known; there are %s", key, value, names(type));
  }

  private static <E extends Enum<E>> String names(Class<E> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(each -> each.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  /** Takes all that is left over, for who knows what to do with it. */
  Map<String, String> rest() {
    Map<String, String> left = new LinkedHashMap<>(values);
    values.clear();
    return left;
  }

  /** Passes over keys that change nothing here. */
  SubOptions ignore(Set<String> keys) {
    for (String key : keys) {
      take(key);
    }
    return this;
  }

  /**
   * Ends.
   *
   * @throws UsageException if a key is left that nobody has taken
   */
  void end() {
    for (String key : values.keySet()) {
      String hint = NearestName.of(key, known).map("; did you mean '%s'?"::formatted).orElse("");
      throw fault("'%s' is not known%s", key, hint);
    }
  }
}
