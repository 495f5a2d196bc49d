package org.jvmm.core.accel;

import java.util.Map;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.time.VmClock;

/**
 * What a VM is made of, as far as the accelerator is concerned.
 *
 * @param vcpus number of vCPUs, at least 1
 * @param cpu the CPU that the guest sees
 * @param irqchip where the interrupt controllers are; an accelerator without its own refuses {@code
 *     KERNEL} and {@code SPLIT}
 * @param memory the guest's memory; the VM listens to its changes
 * @param clock VM time, from which the TSC follows where the accelerator makes it
 * @param options the rest of {@code -accel NAME,key=value}; an unknown key is an error
 */
public record VmConfig(
    int vcpus,
    CpuModel cpu,
    IrqchipMode irqchip,
    MemoryMap memory,
    VmClock clock,
    Map<String, String> options) {
  public VmConfig {
    options = Map.copyOf(options);
    if (vcpus < 1) {
      throw new IllegalArgumentException("vcpus=" + vcpus);
    }
  }
}
