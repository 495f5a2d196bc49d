package org.jvmm.core.run;

/**
 * The platform thread of one vCPU. What depends on which vCPU makes an access (the local APIC's
 * window, which all vCPUs have at one address) asks {@link #current()}.
 */
public final class VcpuThread extends Thread {
  private final int vcpu;

  VcpuThread(int vcpu, Runnable body) {
    super(body, "vcpu-" + vcpu);
    this.vcpu = vcpu;
    setDaemon(true);
  }

  /** The id of the vCPU whose thread calls, or 0 on another thread. */
  public static int current() {
    return Thread.currentThread() instanceof VcpuThread thread ? thread.vcpu : 0;
  }
}
