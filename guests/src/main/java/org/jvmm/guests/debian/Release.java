package org.jvmm.guests.debian;

import java.io.IOException;
import java.io.StringReader;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jvmm.guests.fetch.Downloader;
import org.jvmm.guests.fetch.GuestException;

/** A repository's Release file: the hashes of its indices. */
final class Release {
  private final Map<String, String> fields;
  private final Map<String, Downloader.Expected> files = new HashMap<>();

  private Release(Map<String, String> fields) {
    this.fields = fields;
    for (String line : fields.getOrDefault("sha256", "").split("\n")) {
      String[] words = line.strip().split("\\s+");
      if (words.length == 3 && words[0].matches("[0-9a-f]{64}") && words[1].matches("\\d{1,12}")) {
        files.put(words[2], new Downloader.Expected(words[0], Long.parseLong(words[1])));
      }
    }
  }

  static Release parse(String text) throws IOException {
    Map<String, String> fields = new HashMap<>();
    ControlParser.parse(new StringReader(text), Set.of(), fields::putAll);
    Release release = new Release(fields);
    if (release.files.isEmpty()) {
      throw new GuestException("a Release file without SHA256 hashes");
    }
    return release;
  }

  /** Hash and size of a file under the suite's directory. */
  Optional<Downloader.Expected> file(String path) {
    return Optional.ofNullable(files.get(path));
  }

  /** Indices can be fetched by their hash, which never races with the mirror's update. */
  boolean byHash() {
    return fields.getOrDefault("acquire-by-hash", "no").equalsIgnoreCase("yes");
  }

  /** apt installs nothing from here unasked: backports, experimental. */
  boolean notAutomatic() {
    return fields.getOrDefault("notautomatic", "no").equalsIgnoreCase("yes");
  }

  boolean serves(String architecture) {
    return words("architectures").contains(architecture);
  }

  /** Architecture-independent packages are in an index of their own. */
  boolean separatesArchitectureAll() {
    return serves("all") && !words("no-support-for-architecture-all").contains("Packages");
  }

  /** Whether the file is past its own date of expiry. */
  boolean expired(Instant now) {
    String until = fields.get("valid-until");
    if (until == null) {
      return false;
    }
    try {
      String rfc1123 = until.replaceFirst("UTC$", "GMT");
      return ZonedDateTime.parse(rfc1123, DateTimeFormatter.RFC_1123_DATE_TIME)
          .toInstant()
          .isBefore(now);
    } catch (DateTimeParseException e) {
      return true;
    }
  }

  private List<String> words(String field) {
    return List.of(fields.getOrDefault(field, "").strip().split("\\s+"));
  }
}
