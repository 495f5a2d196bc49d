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
    KvmDoctor.examine().forEach(line -> System.out.println("            " + line));
    return ExitStatus.OK;
  }
}
