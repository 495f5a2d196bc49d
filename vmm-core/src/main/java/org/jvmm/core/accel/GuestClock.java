package org.jvmm.core.accel;

/**
 * The clock that an accelerator shows to the guest by itself (kvmclock), as an ability of a {@link
 * VirtualMachine}. It does not stand with the vCPUs unless it is told to.
 */
public interface GuestClock {
  /** Stops it; no vCPU runs. Idempotent. */
  void pause();

  /**
   * Lets it go on from where it stopped, before the first vCPU runs, and tells the guest that it
   * was stopped so that its watchdogs do not bark. Does nothing if it was not stopped.
   */
  void resume();

  /** Nanoseconds since the VM began, less the pauses. */
  long nanos();

  /** Sets it, to restore a snapshot; it must be stopped. */
  void set(long nanos);
}
