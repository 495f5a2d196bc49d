package org.jvmm.kvm;

import org.jvmm.core.accel.IrqchipMode;

class KvmSplitIrqchipContractTest extends KvmContractTest {
  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.SPLIT;
  }
}
