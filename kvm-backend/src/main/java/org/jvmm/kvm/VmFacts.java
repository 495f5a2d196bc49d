package org.jvmm.kvm;

/**
 * What the vCPUs of a VM need to know of the host and of the user's wishes.
 *
 * @param vcpuMmapSize bytes of a vCPU's shared memory
 * @param xsaveSize bytes of its XSAVE area
 * @param sregs2 whether KVM_GET_SREGS2 is there
 * @param syncRegs whether KVM_RUN can show registers in kvm_run
 * @param msrIndexes the MSRs that it lists
 * @param tscKhz frequency that guests' TSCs are to have, 0 for the host's
 */
record VmFacts(
    int vcpuMmapSize,
    int xsaveSize,
    boolean sregs2,
    boolean syncRegs,
    int[] msrIndexes,
    int tscKhz) {
  /** Bytes that hold the largest struct of a vCPU's requests. */
  int scratchSize() {
    return Math.max(xsaveSize, VcpuMsrs.structSize(msrIndexes.length));
  }
}
