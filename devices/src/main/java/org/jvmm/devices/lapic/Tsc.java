package org.jvmm.devices.lapic;

/** The time-stamp counter of one vCPU, as the TSC-deadline timer needs it. Any thread. */
public interface Tsc {
  /** IA32_TIME_STAMP_COUNTER now, unsigned. */
  long value();

  /**
   * VM time that so many increments take, rounded up.
   *
   * @param increments unsigned
   * @return nanoseconds, 0 or more; {@code Long.MAX_VALUE} if they do not fit
   */
  long nanosFor(long increments);
}
