package org.jvmm.kvm;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.TreeSet;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.Availability;
import org.jvmm.kvm.nativecall.Errno;
import org.jvmm.kvm.nativecall.NativeLibrary;

/**
 * What this host says about KVM: its modules, its CPU's flags, and whether /dev/kvm opens.
 *
 * @param device whether /dev/kvm exists
 * @param modules loaded kvm modules: kvm_intel, kvm_amd, or one of a software KVM
 * @param cpuFlags flags of the first CPU in /proc/cpuinfo
 */
record HostFacts(boolean device, Set<String> modules, Set<String> cpuFlags) {
  private static final Set<String> HARDWARE_MODULES = Set.of("kvm_intel", "kvm_amd");

  /** Reads them. */
  static HostFacts read() {
    return new HostFacts(Files.exists(Path.of(Kvm.DEVICE)), readModules(), readCpuFlags());
  }

  private static Set<String> readModules() {
    Set<String> names = new TreeSet<>();
    String[] modules = new File("/sys/module").list();
    if (modules != null) { // else there is no sysfs, and no module to name
      for (String name : modules) {
        if (name.startsWith("kvm")) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private static Set<String> readCpuFlags() {
    Set<String> flags = new HashSet<>();
    try (BufferedReader lines = Files.newBufferedReader(Path.of("/proc/cpuinfo"))) {
      String line = lines.readLine();
      while (line != null && !line.startsWith("flags")) {
        line = lines.readLine();
      }
      if (line != null) {
        StringTokenizer words = new StringTokenizer(line.substring(line.indexOf(':') + 1));
        while (words.hasMoreTokens()) {
          flags.add(words.nextToken());
        }
      }
    } catch (IOException e) {
      return Set.of();
    }
    return flags;
  }

  boolean hasVirtualization() {
    return cpuFlags.contains("vmx") || cpuFlags.contains("svm");
  }

  /** Whether all signs say that the CPU runs the guests; if not, only a probe tells. */
  boolean looksLikeHardware() {
    return hasVirtualization() && !Collections.disjoint(modules, HARDWARE_MODULES);
  }

  /** One line for the user; runs a probe guest if the signs are not clear. */
  Availability availability() {
    if (!device) {
      return new Availability(false, false, whyNoDevice());
    }
    try (Kvm kvm = new Kvm(NativeLibrary.get())) {
      kvm.require(KvmAccelerator.REQUIRED);
      if (looksLikeHardware()) {
        return new Availability(true, true, "hardware KVM (%s)".formatted(moduleNames()));
      }
      ProbeGuest.Result probe = ProbeGuest.run();
      return new Availability(
          true,
          probe.hardware(),
          probe.hardware()
              ? "hardware KVM by its speed (%s)".formatted(moduleNames())
              : "software KVM (%s): %.0f ns per guest instruction; refuses some that stock kernels have"
                  .formatted(moduleNames(), probe.nanosPerInstruction()));
    } catch (KvmException e) {
      return new Availability(false, false, whyNoOpen(e));
    } catch (AccelException e) {
      return new Availability(false, false, e.getMessage());
    }
  }

  String moduleNames() {
    Set<String> named = new TreeSet<>(modules);
    if (named.size() > 1) {
      named.remove("kvm");
    }
    return named.isEmpty() ? "no kvm module visible" : String.join(", ", named);
  }

  String whyNoDevice() {
    if (!hasVirtualization()) {
      return "no "
          + Kvm.DEVICE
          + ", and the CPU shows neither vmx nor svm: switch virtualization on in the firmware, or"
          + " nested virtualization in the outer hypervisor";
    }
    return "no %s: load the module, `sudo modprobe %s`"
        .formatted(Kvm.DEVICE, cpuFlags.contains("vmx") ? "kvm_intel" : "kvm_amd");
  }

  String whyNoOpen(KvmException e) {
    return switch (e.errno()) {
      case Errno.EACCES, Errno.EPERM ->
          "no permission for %s: `sudo usermod -aG kvm %s`, then log in again or `newgrp kvm`"
              .formatted(Kvm.DEVICE, System.getProperty("user.name"));
      case Errno.ENODEV, Errno.ENXIO ->
          "%s has no driver behind it: load the module, `sudo modprobe %s`"
              .formatted(Kvm.DEVICE, cpuFlags.contains("vmx") ? "kvm_intel" : "kvm_amd");
      default -> e.getMessage();
    };
  }
}
