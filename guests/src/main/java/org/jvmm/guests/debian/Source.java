package org.jvmm.guests.debian;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One suite of one repository, as sources.list(5) names it.
 *
 * @param uri the repository's root, ending in a slash
 * @param suite directory under dists/
 * @param components such as main
 * @param options lower-case: architectures, signed-by, trusted, check-valid-until
 */
public record Source(URI uri, String suite, List<String> components, Map<String, String> options) {
  private static final Map<String, String> LONG_NAMES = Map.of("arch", "architectures");

  /** Entries of a one-line-style file; what is not a usable deb line is passed over. */
  static List<Source> parseLines(String text) {
    List<Source> sources = new ArrayList<>();
    for (String line : text.split("\n")) {
      String rest = line.replaceFirst("#.*", "").strip();
      if (!rest.matches("deb\\s.*")) {
        continue;
      }
      rest = rest.substring(3).strip();
      Map<String, String> options = Map.of();
      int close = rest.indexOf(']');
      if (rest.startsWith("[") && close > 0) {
        options = options(rest.substring(1, close));
        rest = rest.substring(close + 1).strip();
      }
      String[] words = rest.split("\\s+");
      if (words.length >= 3) {
        List<String> components = List.of(words).subList(2, words.length);
        add(sources, words[0], words[1], components, options);
      }
    }
    return sources;
  }

  /** Entries of a deb822-style file. */
  static List<Source> parseDeb822(String text) {
    List<Source> sources = new ArrayList<>();
    try {
      ControlParser.parse(new StringReader(text), Set.of(), fields -> addAll(sources, fields));
    } catch (IOException e) {
      throw new UncheckedIOException("reading a string", e);
    }
    return sources;
  }

  private static void addAll(List<Source> sources, Map<String, String> fields) {
    boolean disabled = fields.getOrDefault("enabled", "yes").matches("(?i)no|false|0|off");
    if (disabled || !words(fields, "types").contains("deb")) {
      return;
    }
    List<String> components = words(fields, "components");
    for (String uri : words(fields, "uris")) {
      for (String suite : words(fields, "suites")) {
        add(sources, uri, suite, components, fields);
      }
    }
  }

  /** Flat repositories (a suite that ends in a slash) hold no distribution; they are left out. */
  private static void add(
      List<Source> sources,
      String address,
      String suite,
      List<String> components,
      Map<String, String> options) {
    URI uri;
    try {
      uri = URI.create(address.endsWith("/") ? address : address + "/");
    } catch (IllegalArgumentException e) {
      return; // cdrom:[Debian GNU/Linux ...] and the like
    }
    boolean known = String.valueOf(uri.getScheme()).matches("(?i)https?|file");
    if (known && !suite.endsWith("/") && !components.isEmpty()) {
      sources.add(new Source(uri, suite, List.copyOf(components), Map.copyOf(options)));
    }
  }

  private static Map<String, String> options(String text) {
    Map<String, String> options = new HashMap<>();
    for (String word : text.strip().split("\\s+")) {
      String[] pair = word.split("=", 2);
      if (pair.length == 2) {
        String name = pair[0].toLowerCase(Locale.ROOT);
        options.put(LONG_NAMES.getOrDefault(name, name), pair[1].replace(',', ' '));
      }
    }
    return options;
  }

  private static List<String> words(Map<String, String> fields, String name) {
    return List.of(fields.getOrDefault(name, "").strip().split("\\s+"));
  }

  /** Whether the entry is for this architecture; an entry without the option is for all. */
  boolean serves(String architecture) {
    String only = options.get("architectures");
    return only == null || List.of(only.strip().split("\\s+")).contains(architecture);
  }

  Optional<String> signedBy() {
    return Optional.ofNullable(options.get("signed-by"));
  }

  /** The user has told apt to take this repository without a signature. */
  boolean trusted() {
    return options.getOrDefault("trusted", "no").equalsIgnoreCase("yes");
  }

  /** Address of a file under the suite's directory. */
  URI dist(String path) {
    return uri.resolve("dists/" + suite + "/" + path);
  }

  @Override
  public String toString() {
    return uri + " " + suite;
  }
}
