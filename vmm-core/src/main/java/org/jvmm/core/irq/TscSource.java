package org.jvmm.core.irq;

/**
 * A vCPU that tells the local APIC beside it what its time-stamp counter is, which a reset and a
 * write to IA32_TSC or IA32_TSC_ADJUST move. It counts nanoseconds of VM time.
 */
public interface TscSource {
  /** IA32_TIME_STAMP_COUNTER now, unsigned. Any thread. */
  long tsc();
}
