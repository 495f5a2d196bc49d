package org.jvmm.cli;

import java.util.ServiceLoader;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.kvm.KvmDoctor;

/** {@code jvmm doctor}: what this host offers. */
final class Doctor {
  private Doctor() {}

  static int run() {
    System.out.printf(
        "java        %s, %s%n",
        System.getProperty("java.version"), System.getProperty("java.vm.name"));
    for (Accelerator each : ServiceLoader.load(Accelerator.class)) {
      System.out.printf("%-11s %s%n", each.name(), each.availability().why());
    }
    System.out.printf(
        "%-11s %s%n",
        "rescue",
        "-accel kvm,rescue=on (the default): instructions that KVM refuses are executed in Java; a"
            + " guest of a software KVM goes on in Java for good, as fast as with -accel soft");
    KvmDoctor.examine().forEach(line -> System.out.println("            " + line));
    return ExitStatus.OK;
  }
}
