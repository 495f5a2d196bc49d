package org.jvmm.core.time;

/** A one-shot timer of a {@link VmClock}. Any thread. */
public interface VmTimer {
  /** {@link #deadline()} of a timer that is not armed. */
  long NEVER = Long.MAX_VALUE;

  /**
   * Arms the timer, replacing an earlier deadline; one that has passed already expires at once, but
   * never inside this call.
   *
   * @param nanos VM time
   */
  void arm(long nanos);

  /** Disarms the timer. An expiry that is already under way may still finish. */
  void cancel();

  /** The VM time at which it expires, or {@link #NEVER}. */
  long deadline();
}
