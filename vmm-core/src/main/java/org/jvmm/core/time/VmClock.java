package org.jvmm.core.time;

/**
 * The VM's time: it starts at 0 with the VM and stands still while the VM is paused. Devices know
 * no other clock.
 */
public interface VmClock {
  /** Nanoseconds of VM time. Any thread. */
  long nanos();

  /**
   * A timer of this clock.
   *
   * @param owner the device: its monitor is held while {@code expiry} runs
   * @param expiry what happens at the deadline, on the clock's thread; it may arm the timer again
   */
  VmTimer timer(Object owner, Runnable expiry);
}
