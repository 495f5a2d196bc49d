package org.jvmm.softcpu;

import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.testkit.AcceleratorContract;

class SoftContractTest extends AcceleratorContract {
  @Override
  protected Accelerator accelerator() {
    return new SoftAccelerator();
  }

  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.USER;
  }
}
