package org.jvmm.kvm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.testkit.AcceleratorContract;

class KvmContractTest extends AcceleratorContract {
  private static final Availability AVAILABILITY = new KvmAccelerator().availability();

  @BeforeAll
  static void kvmIsUsable() {
    assumeTrue(AVAILABILITY.usable(), AVAILABILITY::why);
  }

  @Override
  protected Accelerator accelerator() {
    return new KvmAccelerator();
  }

  @Override
  protected IrqchipMode irqchip() {
    return IrqchipMode.KERNEL;
  }

  @Override
  protected void assumeSoftwareBreakpoints() {
    assumeTrue(AVAILABILITY.hardware(), "a software KVM executes INT3 itself");
    assumeRealCpu();
  }

  @Override
  protected void assumeHardwareBreakpoints() {
    if (AVAILABILITY.hardware()) {
      assumeRealCpu();
    }
  }

  /** QEMU's SVM in software loads DR7 without effect and takes INT3 for INT n. */
  private static void assumeRealCpu() {
    double nanos = ProbeGuest.run().nanosPerInstruction();
    assumeTrue(nanos < 10, () -> "no real CPU below: %.0f ns per instruction".formatted(nanos));
  }
}
