package org.jvmm.core.accel;

import java.util.Map;

/**
 * Runs vCPUs: KVM, or the CPU written in Java. Found by {@link java.util.ServiceLoader}; everything
 * else in jvmm works with any of them.
 */
public interface Accelerator {
  /** The name of {@code -accel}: "kvm", "soft". */
  String name();

  /**
   * Whether it can be used here, why not, and how fast it is; asks the host, changes nothing, never
   * throws.
   */
  Availability availability();

  /**
   * Where the interrupt controllers are best, for a user who does not say.
   *
   * @param options as in {@link VmConfig#options()}
   */
  default IrqchipMode bestIrqchip(Map<String, String> options) {
    return IrqchipMode.USER;
  }

  /**
   * Makes a VM.
   *
   * @throws ConfigException if it, or this host, cannot make such a VM
   * @throws AccelException if the host refuses
   */
  VirtualMachine createVm(VmConfig config);
}
