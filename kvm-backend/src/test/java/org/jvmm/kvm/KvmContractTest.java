package org.jvmm.kvm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.testkit.AcceleratorContract;

class KvmContractTest extends AcceleratorContract {
  @BeforeAll
  static void kvmIsUsable() {
    Availability availability = new KvmAccelerator().availability();
    assumeTrue(availability.usable(), availability::why);
  }

  @Override
  protected Accelerator accelerator() {
    return new KvmAccelerator();
  }

  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.KERNEL;
  }
}
