package org.jvmm.core.accel;

/**
 * An ability of a {@link VirtualMachine}: its vCPUs say of themselves what they are told to, so
 * that a guest does not see that another accelerator goes on with it.
 */
public interface CpuidSource {
  /** CPUID (SDM vol. 2), as one vCPU answers it after a reset. */
  @FunctionalInterface
  interface Answers {
    /**
     * Answers.
     *
     * @param vcpu its APIC id
     * @param out receives EAX, EBX, ECX, EDX
     */
    void query(int vcpu, int leaf, int subleaf, int[] out);
  }

  /** Replaces what vCPUs that are made from now on answer. */
  void answer(Answers answers);
}
