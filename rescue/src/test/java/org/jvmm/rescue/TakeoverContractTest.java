package org.jvmm.rescue;

import org.jvmm.core.accel.IrqchipMode;

/** Where KVM is an emulator, the guests that it refuses go on in Java. */
class TakeoverContractTest extends RescueContractTest {
  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.USER;
  }
}
