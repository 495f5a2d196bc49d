package org.jvmm.guests.debian;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jvmm.guests.fetch.GuestException;

/**
 * The host's apt configuration: where packages come from, through which proxy, signed by whom.
 *
 * @param sources suites of the host's distribution, in the configuration's order
 * @param settings apt.conf's settings, lower-case keys
 * @param trustedKeys keyring files for sources that name none
 */
public record AptConfiguration(
    List<Source> sources, Map<String, String> settings, List<Path> trustedKeys) {
  private static final Pattern CODENAME = Pattern.compile("(?m)^VERSION_CODENAME=\"?([a-z]+)\"?$");
  private static final String RELEASE_NAMES = "stable|oldstable|oldoldstable|testing|unstable|sid";
  private static final String ADVICE =
      "pass the address of a Debian mirror with --mirror, or a kernel of your own with -kernel";

  /** The configuration under {@code root}, which is {@code /} outside of tests. */
  public static AptConfiguration ofHost(Path root) throws IOException {
    Path apt = root.resolve("etc/apt");
    List<Source> all = new ArrayList<>();
    for (Path file : files(apt.resolve("sources.list"), apt.resolve("sources.list.d"))) {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      if (file.toString().endsWith(".sources")) {
        all.addAll(Source.parseDeb822(text));
      } else if (file.toString().endsWith(".list")) {
        all.addAll(Source.parseLines(text));
      }
    }
    Pattern suite = distributionSuite(root.resolve("etc/os-release"));
    List<Source> sources = all.stream().filter(s -> suite.matcher(s.suite()).matches()).toList();
    if (sources.isEmpty()) {
      String found = all.isEmpty() ? "no apt sources" : "no apt source of the distribution itself";
      throw new GuestException("%s in %s: %s".formatted(found, apt, ADVICE));
    }
    return new AptConfiguration(sources, settings(apt), keyrings(root));
  }

  /**
   * A mirror given by the user in place of the host's sources.
   *
   * @param mirror address, optionally followed by a suite (else the host's codename, else stable)
   */
  public static AptConfiguration ofMirror(Path root, String mirror) throws IOException {
    String[] words = mirror.strip().split("\\s+");
    String suite = words.length > 1 ? words[1] : codename(root.resolve("etc/os-release"), "stable");
    List<Source> sources = Source.parseLines("deb " + words[0] + " " + suite + " main");
    if (sources.isEmpty() || words.length > 2) {
      throw new GuestException("'%s' is no mirror: give URL or \"URL SUITE\"".formatted(mirror));
    }
    return new AptConfiguration(sources, settings(root.resolve("etc/apt")), keyrings(root));
  }

  /** Whether apt itself would refuse a Release past its Valid-Until. */
  boolean checksValidUntil(Source source) {
    String global = settings.getOrDefault("acquire::check-valid-until", "true");
    String own = source.options().getOrDefault("check-valid-until", global);
    return !own.matches("(?i)no|false|0|off|without|disable");
  }

  private static Map<String, String> settings(Path apt) throws IOException {
    Map<String, String> settings = new HashMap<>();
    List<Path> files = new ArrayList<>(files(null, apt.resolve("apt.conf.d")));
    files.add(apt.resolve("apt.conf"));
    for (Path file : files) {
      boolean named = file.getFileName().toString().matches("[A-Za-z0-9_-]+|.*\\.conf");
      if (named && Files.isReadable(file)) {
        settings.putAll(AptSettings.parse(Files.readString(file, StandardCharsets.ISO_8859_1)));
      }
    }
    return settings;
  }

  /** apt's own keys; where there are none, the keyrings that packages have brought. */
  private static List<Path> keyrings(Path root) throws IOException {
    Path apt = root.resolve("etc/apt");
    List<Path> keys = new ArrayList<>();
    for (Path key : files(apt.resolve("trusted.gpg"), apt.resolve("trusted.gpg.d"))) {
      if (key.toString().matches(".*\\.(gpg|asc)")) {
        keys.add(key);
      }
    }
    if (keys.isEmpty()) {
      for (Path key : files(null, root.resolve("usr/share/keyrings"))) {
        if (key.toString().endsWith("-archive-keyring.gpg")) {
          keys.add(key);
        }
      }
    }
    return keys;
  }

  /** Suites like bookworm, bookworm-updates, bookworm/updates, stable-security. */
  private static Pattern distributionSuite(Path osRelease) throws IOException {
    String names = codename(osRelease, "");
    names = names.isEmpty() ? RELEASE_NAMES : names + "|" + RELEASE_NAMES;
    return Pattern.compile("(" + names + ")([-/].*)?");
  }

  private static String codename(Path osRelease, String otherwise) throws IOException {
    if (!Files.isReadable(osRelease)) {
      return otherwise;
    }
    Matcher matcher = CODENAME.matcher(Files.readString(osRelease));
    return matcher.find() ? matcher.group(1) : otherwise;
  }

  /** The file, if it is there and not null, and the directory's files in the order of names. */
  private static List<Path> files(Path file, Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    if (file != null && Files.isReadable(file)) {
      found.add(file);
    }
    if (Files.isDirectory(directory)) {
      try (Stream<Path> entries = Files.list(directory)) {
        entries.filter(Files::isReadable).filter(Files::isRegularFile).sorted().forEach(found::add);
      }
    }
    return found;
  }
}
