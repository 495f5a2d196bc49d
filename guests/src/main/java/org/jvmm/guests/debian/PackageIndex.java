package org.jvmm.guests.debian;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The packages of one architecture from one or more Packages files. */
public final class PackageIndex {
  private static final Set<String> WANTED =
      Set.of(
          "package", "version", "depends", "pre-depends", "provides", "filename", "size", "sha256");

  private final Map<String, List<PackageRecord>> byName = new HashMap<>();
  private final Map<String, List<PackageRecord>> byProvided = new HashMap<>();

  /** Adds a Packages file; {@code base} is the repository's root. */
  void add(InputStream packages, URI base) throws IOException {
    var reader = new InputStreamReader(packages, StandardCharsets.UTF_8);
    ControlParser.parse(reader, WANTED, fields -> add(fields, base));
  }

  private void add(Map<String, String> fields, URI base) {
    boolean whole = fields.keySet().containsAll(Set.of("package", "version", "filename", "sha256"));
    String size = fields.getOrDefault("size", "");
    if (!whole || !size.matches("\\d{1,18}") || !fields.get("sha256").matches("[0-9a-f]{64}")) {
      return; // nothing that could be fetched and verified
    }
    String depends = join(fields.get("pre-depends"), fields.get("depends"));
    String provides = fields.getOrDefault("provides", "");
    PackageRecord p =
        new PackageRecord(
            fields.get("package"),
            fields.get("version"),
            depends,
            provides,
            base.resolve(fields.get("filename").replace("+", "%2B").replace("~", "%7E")),
            Long.parseLong(size),
            fields.get("sha256"));
    byName.computeIfAbsent(p.name(), k -> new ArrayList<>(1)).add(p);
    if (!provides.isEmpty()) {
      for (List<Relation> provided : Relation.parse(provides)) {
        byProvided.computeIfAbsent(provided.get(0).name(), k -> new ArrayList<>(1)).add(p);
      }
    }
  }

  /** The newest package that satisfies the relation by its own name or by Provides. */
  Optional<PackageRecord> find(Relation wanted) {
    Comparator<PackageRecord> newest =
        Comparator.comparing(PackageRecord::version, DebianVersion.ORDER);
    Optional<PackageRecord> real =
        byName.getOrDefault(wanted.name(), List.of()).stream()
            .filter(p -> wanted.allows(p.version()))
            .max(newest);
    return real.or(
        () ->
            byProvided.getOrDefault(wanted.name(), List.of()).stream()
                .filter(p -> provides(p, wanted))
                .max(newest.thenComparing(PackageRecord::name, Comparator.reverseOrder())));
  }

  /** A bound is met by a versioned Provides only (Debian Policy 7.5). */
  static boolean provides(PackageRecord p, Relation wanted) {
    return Relation.parse(p.provides()).stream()
        .map(alternatives -> alternatives.get(0))
        .filter(provided -> provided.name().equals(wanted.name()))
        .anyMatch(
            provided ->
                provided.version().isEmpty()
                    ? wanted.operator().isEmpty()
                    : wanted.allows(provided.version()));
  }

  /** Number of package names. */
  public int size() {
    return byName.size();
  }

  private static String join(String first, String second) {
    if (first == null || second == null) {
      return first == null ? second == null ? "" : second : first;
    }
    return first + ", " + second;
  }
}
