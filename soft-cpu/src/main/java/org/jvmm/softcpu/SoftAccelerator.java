package org.jvmm.softcpu;

import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;

/** Runs guests on the CPU written in Java: everywhere, and many times slower than hardware. */
public final class SoftAccelerator implements Accelerator {
  static final String NAME = "soft";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Availability availability() {
    return new Availability(true, false, "the CPU in Java, tens of MIPS");
  }

  @Override
  public VirtualMachine createVm(VmConfig config) {
    if (config.irqchip() != IrqchipMode.USER) {
      throw new ConfigException(
          "soft: interrupt controllers are devices of the board (USER), not " + config.irqchip());
    }
    if (!config.options().isEmpty()) {
      throw new ConfigException("-accel soft: no such option: " + config.options().keySet());
    }
    return new SoftVm(config);
  }
}
