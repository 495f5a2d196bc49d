package org.jvmm.kvm;

import java.util.Arrays;
import org.jvmm.core.accel.CpuState;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_msr_entry;
import org.jvmm.kvm.abi.KvmStructs.kvm_msrs;
import org.jvmm.kvm.nativecall.Errno;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * The MSRs of a vCPU: those of KVM_GET_MSR_INDEX_LIST and KVM's own 0x4b564d00-0x4b564dff, as far
 * as this vCPU's CPUID lets them be read. Hyper-V's 0x40000000-0x400001ff stay out: no guest is
 * told of them, and KVM lists them all the same (one counts the vCPU's run time).
 */
final class VcpuMsrs {
  /** IA32_TSC and IA32_TSC_DEADLINE (SDM vol. 4): last, as their values age. */
  static final int TSC = 0x10, TSC_DEADLINE = 0x6e0;

  /** With a field of their own in {@link CpuState}: IA32_APIC_BASE, EFER, FS and GS base. */
  private static final int APIC_BASE = 0x1b, EFER = 0xc000_0080, FS_BASE = 0xc000_0100;

  private static final int GS_BASE = 0xc000_0101;
  private static final int KVM_FIRST = 0x4b56_4d00, KVM_COUNT = 0x100;
  private static final int HYPERV_FIRST = 0x4000_0000, HYPERV_LAST = 0x4000_01ff;

  private final KvmFd vcpu;
  private final NativeMemory struct;
  private final int[] candidates;

  /** Those that can be read; found out with the first save, after KVM_SET_CPUID2. */
  private int[] readable;

  /**
   * @param struct shared scratch memory of the vCPU
   * @param listed KVM_GET_MSR_INDEX_LIST
   */
  VcpuMsrs(KvmFd vcpu, NativeMemory struct, int[] listed) {
    this.vcpu = vcpu;
    this.struct = struct;
    this.candidates = candidates(listed);
  }

  private static int[] candidates(int[] listed) {
    int[] found = new int[listed.length + KVM_COUNT + 2];
    int count = 0;
    for (int index : listed) {
      if (!savedElsewhere(index)) {
        found[count++] = index;
      }
    }
    for (int i = 0; i < KVM_COUNT; i++) {
      found[count++] = KVM_FIRST + i;
    }
    found[count++] = TSC_DEADLINE;
    found[count++] = TSC;
    return Arrays.copyOf(found, count);
  }

  /** Whether a listed MSR is in another part of the state, comes later, or stays out. */
  private static boolean savedElsewhere(int index) {
    return switch (index) {
      case APIC_BASE, EFER, FS_BASE, GS_BASE, TSC, TSC_DEADLINE -> true;
      default ->
          index >= KVM_FIRST && index < KVM_FIRST + KVM_COUNT
              || index >= HYPERV_FIRST && index <= HYPERV_LAST;
    };
  }

  /** Bytes of scratch memory for so many listed MSRs. */
  static int structSize(int listed) {
    return kvm_msrs.entries + (listed + KVM_COUNT + 2) * kvm_msr_entry.sizeof;
  }

  void save(CpuState into) {
    if (readable == null) {
      readable = readable();
    }
    for (int i = 0; i < readable.length; i++) {
      putEntry(i, readable[i], 0);
    }
    transfer(KvmAbi.KVM_GET_MSRS, readable.length);
    into.msrs.clear();
    for (int i = 0; i < readable.length; i++) {
      into.msrs.put(readable[i], value(i));
    }
  }

  private int[] readable() {
    int[] found = new int[candidates.length];
    int count = 0;
    for (int index : candidates) {
      if (canRead(index)) {
        found[count++] = index;
      }
    }
    return Arrays.copyOf(found, count);
  }

  private boolean canRead(int index) {
    putEntry(0, index, 0);
    struct.putInt(kvm_msrs.nmsrs, 1);
    return vcpu.attempt(KvmAbi.KVM_GET_MSRS, struct.address()) == 1;
  }

  void restore(CpuState from) {
    int count = from.msrs.count();
    int first = 0;
    while (first < count) {
      for (int i = first; i < count; i++) {
        putEntry(i - first, from.msrs.index(i), from.msrs.value(i));
      }
      struct.putInt(kvm_msrs.nmsrs, count - first);
      int done = vcpu.ioctl(KvmAbi.KVM_SET_MSRS, struct);
      first += done;
      if (first < count) {
        tolerate(from.msrs.index(first), from.msrs.value(first));
        first++;
      }
    }
  }

  /** A refused write is harmless if the MSR has the value, or if there is none and 0 was wanted. */
  private void tolerate(int index, long wanted) {
    long there = canRead(index) ? value(0) : 0;
    if (there != wanted) {
      throw new KvmException(
          "KVM_SET_MSRS refused msr %#x = %#x, which is %#x here".formatted(index, wanted, there),
          Errno.EINVAL);
    }
  }

  private void transfer(long request, int count) {
    struct.putInt(kvm_msrs.nmsrs, count);
    int done = vcpu.ioctl(request, struct);
    if (done < count) {
      throw new KvmException(
          "KVM_GET_MSRS stopped at msr %#x".formatted(readable[done]), Errno.EINVAL);
    }
  }

  private void putEntry(int i, int index, long value) {
    long at = kvm_msrs.entries + (long) i * kvm_msr_entry.sizeof;
    struct.putInt(at + kvm_msr_entry.index, index);
    struct.putLong(at + kvm_msr_entry.data, value);
  }

  private long value(int i) {
    return struct.getLong(kvm_msrs.entries + (long) i * kvm_msr_entry.sizeof + kvm_msr_entry.data);
  }
}
