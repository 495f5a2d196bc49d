package org.jvmm.kvm;

import org.jvmm.core.accel.AccelException;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmCap;
import org.jvmm.kvm.abi.KvmStructs.kvm_cpuid2;
import org.jvmm.kvm.abi.KvmStructs.kvm_cpuid_entry2;
import org.jvmm.kvm.abi.KvmStructs.kvm_msr_list;
import org.jvmm.kvm.nativecall.Errno;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeMemory;

/** /dev/kvm itself: what this host offers, and new VMs. */
final class Kvm implements AutoCloseable {
  static final String DEVICE = "/dev/kvm";

  private static final int MAX_CPUID_ENTRIES = 256;

  private final KvmFd fd;

  /**
   * Opens the device.
   *
   * @throws KvmException if the host does not let us; {@link HostFacts} says what to do then
   */
  Kvm(NativeCalls calls) {
    int result = calls.open(DEVICE, NativeCalls.O_RDWR | NativeCalls.O_CLOEXEC);
    if (result < 0) {
      throw new KvmException("open " + DEVICE, -result);
    }
    fd = new KvmFd(calls, result, DEVICE);
  }

  NativeCalls calls() {
    return fd.calls();
  }

  int apiVersion() {
    return fd.ioctl(KvmAbi.KVM_GET_API_VERSION, 0);
  }

  /** The value of a capability, 0 if it is absent. */
  int check(KvmCap cap) {
    return fd.check(cap);
  }

  boolean has(KvmCap cap) {
    return fd.has(cap);
  }

  /**
   * Checks for what no VM of ours can do without.
   *
   * @throws AccelException naming what is missing, and what to do
   */
  void require(KvmCap... caps) {
    if (apiVersion() != KvmAbi.KVM_API_VERSION) {
      throw new AccelException(
          "%s speaks API version %d, not %d: this kernel is too old or too new"
              .formatted(DEVICE, apiVersion(), KvmAbi.KVM_API_VERSION));
    }
    for (KvmCap cap : caps) {
      if (!has(cap)) {
        throw new AccelException(
            "the host's KVM has no %s: Linux 4.13 or later is needed".formatted(cap));
      }
    }
  }

  /** A new, empty VM. */
  KvmFd createVm() {
    return new KvmFd(fd.calls(), fd.ioctl(KvmAbi.KVM_CREATE_VM, 0), "vm");
  }

  /** Size of a vCPU's shared memory. */
  int vcpuMmapSize() {
    return fd.ioctl(KvmAbi.KVM_GET_VCPU_MMAP_SIZE, 0);
  }

  /** What KVM_GET_SUPPORTED_CPUID offers to guests. */
  CpuidTable supportedCpuid() {
    int size = kvm_cpuid2.sizeof + MAX_CPUID_ENTRIES * kvm_cpuid_entry2.sizeof;
    try (NativeMemory memory = new NativeMemory(fd.calls(), size)) {
      memory.putInt(kvm_cpuid2.nent, MAX_CPUID_ENTRIES);
      fd.ioctl(KvmAbi.KVM_GET_SUPPORTED_CPUID, memory);
      return CpuidTable.read(memory);
    }
  }

  /** The MSRs that KVM_GET_MSRS knows; the same may be there twice. */
  int[] msrIndexes() {
    int capacity = 0;
    while (true) {
      try (NativeMemory memory =
          new NativeMemory(fd.calls(), kvm_msr_list.sizeof + 4L * capacity)) {
        memory.putInt(kvm_msr_list.nmsrs, capacity);
        int result = fd.attempt(KvmAbi.KVM_GET_MSR_INDEX_LIST, memory.address());
        int count = memory.getInt(kvm_msr_list.nmsrs);
        if (result == -Errno.E2BIG && count > capacity) {
          capacity = count;
          continue;
        }
        if (result < 0) {
          throw new KvmException("KVM_GET_MSR_INDEX_LIST nmsrs=" + capacity, -result);
        }
        int[] indexes = new int[count];
        for (int i = 0; i < count; i++) {
          indexes[i] = memory.getInt(kvm_msr_list.indices + 4L * i);
        }
        return indexes;
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
