package org.jvmm.kvm;

/**
 * What the vCPUs of a VM need to know of the host.
 *
 * @param vcpuMmapSize bytes of a vCPU's shared memory
 * @param xsaveSize bytes of its XSAVE area
 * @param sregs2 whether KVM_GET_SREGS2 is there
 * @param msrIndexes the MSRs that it lists
 */
record VmFacts(int vcpuMmapSize, int xsaveSize, boolean sregs2, int[] msrIndexes) {
  /** Bytes that hold the largest struct of a vCPU's requests. */
  int scratchSize() {
    return Math.max(xsaveSize, VcpuMsrs.structSize(msrIndexes.length));
  }
}
