package org.jvmm.cli.img;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.ImageException;
import org.jvmm.core.accel.NearestName;

/**
 * A command's arguments in the manner of getopt_long, by the text that its {@code --help} prints:
 * the first line names what is not an option ({@code [SIZE]} may be left out), and each line like
 * {@code -s, --start-offset OFFSET description} is an option; the description is behind two blanks.
 *
 * <p>Not picocli, which reads the options of a machine: for those of {@code convert}, declared
 * without annotations, it takes 100 ms of a processor (85 ms with its classes in an archive), when
 * all of a short command takes 150 ms (110 ms) with this parser.
 */
final class Arguments {
  private final Map<String, String> firstNames = new HashMap<>();
  private final Map<String, Boolean> takesValue = new HashMap<>();
  private final Map<String, List<String>> given = new HashMap<>();
  private final List<String> operands = new ArrayList<>();

  private Arguments(String usage) {
    for (String line : usage.split("\n")) {
      if (line.startsWith("-", 2)) {
        declare(line.substring(2));
      }
    }
  }

  /** Reads the arguments; an {@link ImageException} tells what is wrong with them. */
  static Arguments parse(String usage, String[] args) throws ImageException {
    Arguments parsed = new Arguments(usage);
    boolean options = true;
    for (int i = 0; i < args.length; i++) {
      if (options && args[i].equals("--")) {
        options = false;
      } else if (options && args[i].startsWith("--")) {
        i += parsed.takeLong(args, i);
      } else if (options && args[i].startsWith("-") && args[i].length() > 1) {
        i += parsed.takeShort(args, i);
      } else {
        parsed.operands.add(args[i]);
      }
    }
    if (!parsed.has("--help")) {
      parsed.requireOperands(usage.substring(0, usage.indexOf("  ")));
    }
    return parsed;
  }

  private void declare(String line) {
    int gap = line.indexOf("  ");
    String[] words = (gap < 0 ? line : line.substring(0, gap)).replace(",", "").split(" ");
    boolean valued = !words[words.length - 1].startsWith("-");
    for (String word : words) {
      if (word.startsWith("-")) {
        firstNames.put(word, words[0]);
        takesValue.put(word, valued);
      }
    }
  }

  private int takeLong(String[] args, int at) throws ImageException {
    int equals = args[at].indexOf('=');
    String name = equals < 0 ? args[at] : args[at].substring(0, equals);
    if (!known(name)) {
      put(name, equals < 0 ? "" : args[at].substring(equals + 1));
      return equals < 0 ? 0 : noValue(name);
    }
    if (equals >= 0) {
      put(name, args[at].substring(equals + 1));
      return 0;
    }
    put(name, next(args, at, name));
    return 1;
  }

  /** Switches may stand together, and a value may follow its letter at once: {@code -cOqcow2}. */
  private int takeShort(String[] args, int at) throws ImageException {
    String letters = args[at];
    for (int i = 1; i < letters.length(); i++) {
      String name = "-" + letters.charAt(i);
      if (known(name)) {
        boolean joined = i + 1 < letters.length();
        put(name, joined ? letters.substring(i + 1) : next(args, at, name));
        return joined ? 0 : 1;
      }
      put(name, "");
    }
    return 0;
  }

  /** Whether an option takes a value; an unknown one is an error. */
  private boolean known(String name) throws ImageException {
    Boolean valued = takesValue.get(name);
    if (valued == null) {
      throw new ImageException(
          "unknown option '%s'%s"
              .formatted(
                  name,
                  NearestName.of(name, takesValue.keySet())
                      .map("; did you mean '%s'?"::formatted)
                      .orElse("")));
    }
    return valued;
  }

  private static int noValue(String name) throws ImageException {
    throw new ImageException("option '%s' takes no value".formatted(name));
  }

  private static String next(String[] args, int at, String name) throws ImageException {
    if (at + 1 == args.length) {
      throw new ImageException("option '%s' needs a value".formatted(name));
    }
    return args[at + 1];
  }

  private void put(String name, String value) {
    String first = firstNames.get(name);
    if (!given.containsKey(first)) {
      given.put(first, new ArrayList<>());
    }
    given.get(first).add(value);
  }

  /** By the command's name and its operands: {@code create FILE [SIZE]}. */
  private void requireOperands(String line) throws ImageException {
    String[] names = line.split(" ");
    int next = operands.size() + 1;
    if (next < names.length && !names[next].startsWith("[")) {
      throw new ImageException("%s is missing: img %s".formatted(names[next], line));
    }
    if (next > names.length) {
      throw new ImageException(
          "'%s' is one too many: img %s".formatted(operands.get(names.length - 1), line));
    }
  }

  /** Whether an option was given, by any of its names. */
  boolean has(String name) {
    return given.containsKey(firstNames.get(name));
  }

  /** The option's last value, or another one if it was not given. */
  String value(String name, String otherwise) {
    List<String> values = values(name);
    return values.isEmpty() ? otherwise : values.get(values.size() - 1);
  }

  /** All values of an option, in their order. */
  List<String> values(String name) {
    return given.getOrDefault(firstNames.get(name), List.of());
  }

  /** What is not an option; null behind the last. */
  String operand(int index) {
    return index < operands.size() ? operands.get(index) : null;
  }
}
