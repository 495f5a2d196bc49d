package org.jvmm.bench.lockstep;

import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.SoftVcpu;

/** The CPU in Java as it always runs: by blocks, stopped by its instruction count. */
final class BlockEngine extends Engine {
  private final SoftVcpu vcpu;

  BlockEngine(FlatGuest guest) {
    super("soft", new SoftAccelerator(), guest);
    vcpu = (SoftVcpu) vcpu();
  }

  @Override
  public long instructions() {
    return vcpu.instructions();
  }

  @Override
  public VcpuExit runTo(long instructions) {
    vcpu.stopAt(instructions);
    VcpuExit exit = vcpu.run();
    return exit.reason() == ExitReason.INTERRUPTED ? null : exit;
  }
}
