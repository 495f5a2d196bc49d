package org.jvmm.core.run;

import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;

/**
 * Says in words and hex why a vCPU could not go on: an accelerator has its own, with the bytes at
 * RIP.
 */
@FunctionalInterface
public interface FailureReport {
  /**
   * Describes a failed exit. On the vCPU's thread, right after the exit.
   *
   * @return several lines, without a final newline
   */
  String describe(Vcpu vcpu, VcpuExit exit);
}
