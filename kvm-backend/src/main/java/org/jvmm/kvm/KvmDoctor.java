package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.Availability;
import org.jvmm.kvm.abi.KvmCap;
import org.jvmm.kvm.nativecall.NativeLibrary;

/** Finds out what KVM on this host can do, and says it in lines for {@code jvmm doctor}. */
public final class KvmDoctor {
  private static final int WIDTH = 88;

  /** CPU flags that make KVM fast or complete; those that are there are named. */
  private static final List<String> NOTABLE =
      List.of(
          "vmx",
          "svm",
          "hypervisor",
          "ept",
          "npt",
          "vpid",
          "unrestricted_guest",
          "avic",
          "vnmi",
          "flushbyasid",
          "tsc_scale",
          "constant_tsc",
          "nonstop_tsc",
          "invtsc",
          "x2apic",
          "tsc_deadline_timer",
          "pdpe1gb",
          "xsaves");

  private KvmDoctor() {}

  /** The findings, "name: value" each; never throws for what the host lacks. */
  public static List<String> examine() {
    List<String> lines = new ArrayList<>();
    HostFacts facts = HostFacts.read();
    lines.add("module: " + facts.moduleNames());
    lines.add("cpu flags: " + notableFlags(facts));
    lines.add("native calls: " + nativeCalls());
    Availability availability = facts.availability();
    lines.add("verdict: " + availability.why());
    if (!availability.usable()) {
      return lines;
    }
    try (Kvm kvm = new Kvm(NativeLibrary.get())) {
      lines.add("api version: " + kvm.apiVersion());
      lines.add(limits(kvm));
      lines.addAll(capabilities(kvm));
    } catch (AccelException e) {
      lines.add("stopped: " + e.getMessage());
    }
    lines.add(probe());
    return lines;
  }

  private static String notableFlags(HostFacts facts) {
    StringJoiner found = new StringJoiner(" ");
    NOTABLE.stream().filter(facts.cpuFlags()::contains).forEach(found::add);
    return facts.hasVirtualization() ? found.toString() : "neither vmx nor svm; " + found;
  }

  private static String nativeCalls() {
    try {
      return NativeLibrary.get().name();
    } catch (AccelException e) {
      return e.getMessage();
    }
  }

  private static String limits(Kvm kvm) {
    return "limits: %d vCPUs recommended, %d at most; %d memory slots; TSC control %s"
        .formatted(
            kvm.check(KvmCap.KVM_CAP_NR_VCPUS),
            kvm.check(KvmCap.KVM_CAP_MAX_VCPUS),
            kvm.check(KvmCap.KVM_CAP_NR_MEMSLOTS),
            kvm.has(KvmCap.KVM_CAP_TSC_CONTROL) ? "yes" : "no");
  }

  /** All that are there with their values, then those that are missing, in lines of equal width. */
  private static List<String> capabilities(Kvm kvm) {
    List<String> there = new ArrayList<>();
    TreeSet<String> missing = new TreeSet<>();
    for (KvmCap cap : KvmCap.values()) {
      String name = cap.name().substring("KVM_CAP_".length());
      int value = kvm.check(cap);
      if (value == 0) {
        missing.add(name);
      } else {
        there.add(value == 1 ? name : name + "=" + value);
      }
    }
    List<String> lines = new ArrayList<>(wrap("capabilities: ", there));
    lines.addAll(wrap("missing: ", missing));
    return lines;
  }

  private static List<String> wrap(String title, Iterable<String> words) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(title);
    for (String word : words) {
      if (line.length() + word.length() >= WIDTH) {
        lines.add(line.toString().stripTrailing());
        line = new StringBuilder("  ");
      }
      line.append(word).append(' ');
    }
    lines.add(line.toString().stripTrailing());
    return lines;
  }

  private static String probe() {
    try {
      ProbeGuest.run(); // the first run loads classes
      ProbeGuest.Result result = ProbeGuest.run();
      return "probe guest: %.2f ns per instruction, %.1f us per port exit (%s)"
          .formatted(
              result.nanosPerInstruction(),
              result.nanosPerExit() / 1000,
              result.hardware() ? "hardware speed" : "an instruction emulator's speed");
    } catch (AccelException e) {
      return "probe guest: " + e.getMessage();
    }
  }
}
