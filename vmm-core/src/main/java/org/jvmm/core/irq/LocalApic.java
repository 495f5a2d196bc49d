package org.jvmm.core.irq;

/**
 * The local APIC as the vCPU beside it sees it (SDM vol. 3 chapter 11): INTR, the task priority and
 * the MSRs.
 */
public interface LocalApic extends InterruptSource {
  /** CR8: task priority bits 7:4. */
  int readCr8();

  /** Sets CR8, 0..15. */
  void writeCr8(int value);

  /** IA32_APIC_BASE (MSR 0x1b). */
  long apicBase();

  /**
   * Sets IA32_APIC_BASE.
   *
   * @return false if the transition is illegal, which is #GP(0) for the guest
   */
  boolean setApicBase(long value);

  /**
   * Reads an x2APIC register (MSR 0x800-0x8ff) or IA32_TSC_DEADLINE (0x6e0).
   *
   * @return false for #GP(0); the value is then undefined, else it is in {@link #msrValue()}
   */
  boolean readMsr(int index);

  /** The value of the last successful {@link #readMsr}. */
  long msrValue();

  /**
   * Writes an x2APIC register or IA32_TSC_DEADLINE.
   *
   * @return false for #GP(0)
   */
  boolean writeMsr(int index, long value);
}
