package org.jvmm.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jvmm.core.accel.Availability;

/** What the host's files say about KVM, without opening it. */
final class HostFacts {
  private HostFacts() {}

  static Availability availability() {
    return new Availability(Files.isWritable(Path.of(Kvm.DEVICE)), false, "");
  }

  /** The loaded kvm modules: kvm_intel, kvm_amd, or one of a software KVM. */
  static Set<String> modules() {
    Set<String> names = new TreeSet<>();
    try (var modules = Files.list(Path.of("/sys/module"))) {
      modules
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("kvm"))
          .forEach(names::add);
    } catch (IOException e) {
      return Set.of();
    }
    return names;
  }

  /** The flags of the first CPU in /proc/cpuinfo. */
  static Set<String> cpuFlags() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> Set.copyOf(List.of(line.substring(line.indexOf(':') + 1).trim().split(" "))))
          .orElse(Set.of());
    } catch (IOException e) {
      return Set.of();
    }
  }
}
