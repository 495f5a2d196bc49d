package org.jvmm.rescue;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.testkit.AcceleratorContract;

class RescueContractTest extends AcceleratorContract {
  @BeforeAll
  static void kvmIsUsable() {
    Availability found = new KvmAccelerator().availability();
    assumeTrue(found.usable(), found::why);
  }

  @Override
  protected Accelerator accelerator() {
    return new RescueAccelerator(new KvmAccelerator());
  }

  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.KERNEL;
  }

  @Override
  protected void assumeSoftwareBreakpoints() {
    assumeTrue(false, "KVM's own tests have it: a rescue has no part in it");
  }

  @Override
  protected void assumeHardwareBreakpoints() {
    assumeTrue(false, "KVM's own tests have it: a rescue has no part in it");
  }
}
