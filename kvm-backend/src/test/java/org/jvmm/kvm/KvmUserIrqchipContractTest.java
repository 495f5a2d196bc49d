package org.jvmm.kvm;

import org.jvmm.core.accel.IrqchipMode;

class KvmUserIrqchipContractTest extends KvmContractTest {
  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.USER;
  }
}
