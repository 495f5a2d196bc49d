package org.jvmm.guests.debian;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jvmm.guests.fetch.GuestException;

/**
 * Adds dependencies to wanted packages: the newest candidate, the first alternative that can be
 * had, an already chosen package before a new one. Conflicts are not looked at: nothing is
 * configured, the files are only unpacked side by side.
 */
public final class Resolver {
  private final PackageIndex index;
  private final Predicate<String> follow;
  private final Map<String, PackageRecord> chosen = new LinkedHashMap<>();

  /**
   * @param follow names of dependencies that are wanted; others are taken as given
   */
  public Resolver(PackageIndex index, Predicate<String> follow) {
    this.index = index;
    this.follow = follow;
  }

  /** The packages and what they need, wanted ones first. */
  public List<PackageRecord> resolve(List<String> names) throws GuestException {
    Deque<PackageRecord> open = new ArrayDeque<>();
    for (String name : names) {
      Relation wanted = new Relation(name, "", "");
      PackageRecord found =
          index
              .find(wanted)
              .orElseThrow(
                  () -> new GuestException("the apt sources have no package '%s'".formatted(name)));
      choose(found, open);
    }
    while (!open.isEmpty()) {
      PackageRecord p = open.remove();
      for (List<Relation> alternatives : Relation.parse(p.depends())) {
        if (alternatives.stream().anyMatch(r -> follow.test(r.name())) && !met(alternatives)) {
          choose(firstAvailable(p, alternatives), open);
        }
      }
    }
    return List.copyOf(chosen.values());
  }

  private void choose(PackageRecord p, Deque<PackageRecord> open) {
    if (chosen.putIfAbsent(p.name(), p) == null) {
      open.add(p);
    }
  }

  private boolean met(List<Relation> alternatives) {
    return alternatives.stream()
        .anyMatch(
            r -> {
              PackageRecord named = chosen.get(r.name());
              return named != null && r.allows(named.version())
                  || chosen.values().stream().anyMatch(p -> PackageIndex.provides(p, r));
            });
  }

  private PackageRecord firstAvailable(PackageRecord p, List<Relation> alternatives)
      throws GuestException {
    return alternatives.stream()
        .map(index::find)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(
            () ->
                new GuestException("%s needs %s, which no source has".formatted(p, alternatives)));
  }
}
