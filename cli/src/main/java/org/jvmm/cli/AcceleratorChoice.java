package org.jvmm.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.rescue.RescueAccelerator;

/** Finds the accelerator that {@code -accel} asks for, or the best one here. */
final class AcceleratorChoice {
  private final Map<String, Accelerator> found = new LinkedHashMap<>();

  AcceleratorChoice() {
    for (Accelerator each : ServiceLoader.load(Accelerator.class)) {
      // Only KVM refuses instructions.
      found.put(each.name(), each.name().equals("kvm") ? new RescueAccelerator(each) : each);
    }
  }

  /**
   * An accelerator and one line on why it was chosen.
   *
   * @param why for the user
   */
  record Chosen(Accelerator accelerator, String why) {}

  /** The accelerators of this build. */
  String[] names() {
    return found.keySet().toArray(String[]::new);
  }

  /**
   * Chooses.
   *
   * @param name "auto" or an accelerator's name
   * @throws UsageException if it is not known, or cannot be used here
   */
  Chosen choose(String name) {
    if (name.equals("auto")) {
      return best();
    }
    Accelerator wanted = found.get(name);
    if (wanted == null) {
      throw new UsageException(
          "-accel %s: not known; there are auto, %s"
              .formatted(name, String.join(", ", found.keySet())));
    }
    Availability availability = wanted.availability();
    if (!availability.usable()) {
      throw new UsageException("-accel %s: %s".formatted(name, availability.why()));
    }
    return new Chosen(wanted, availability.why());
  }

  /**
   * The first of several that can be used here; the last if none can, which {@link #choose} then
   * refuses.
   */
  AccelOption first(List<AccelOption> wanted) {
    for (AccelOption each : wanted) {
      Accelerator known = found.get(each.name());
      if (each.name().equals("auto") || known != null && known.availability().usable()) {
        return each;
      }
    }
    return wanted.get(wanted.size() - 1);
  }

  /** The first with hardware behind it, else the CPU in Java, else whatever runs at all. */
  private Chosen best() {
    Map<Accelerator, Availability> usable = new LinkedHashMap<>();
    for (Accelerator each : found.values()) {
      Availability availability = each.availability();
      if (availability.usable()) {
        usable.put(each, availability);
        if (availability.hardware()) {
          return new Chosen(each, "%s: %s".formatted(each.name(), availability.why()));
        }
      }
    }
    return usable.entrySet().stream()
        .min(
            (a, b) ->
                Boolean.compare(b.getKey().name().equals("soft"), a.getKey().name().equals("soft")))
        .map(
            entry ->
                new Chosen(
                    entry.getKey(),
                    "%s: %s; not %s"
                        .formatted(
                            entry.getKey().name(),
                            entry.getValue().why(),
                            reasons(entry.getKey()))))
        .orElseThrow(() -> new UsageException("no accelerator can be used here: " + reasons(null)));
  }

  private String reasons(Accelerator but) {
    return found.values().stream()
        .filter(each -> each != but)
        .map(each -> "%s: %s".formatted(each.name(), each.availability().why()))
        .collect(Collectors.joining("; "));
  }
}
