package org.jvmm.kvm;

import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.kvm.abi.KvmCap;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeLibrary;

/** Runs guests on the host's CPU through /dev/kvm. */
public final class KvmAccelerator implements Accelerator {
  static final String NAME = "kvm";

  /** What no VM of ours can do without; all are in Linux 4.13. */
  static final KvmCap[] REQUIRED = {
    KvmCap.KVM_CAP_USER_MEMORY,
    KvmCap.KVM_CAP_SET_TSS_ADDR,
    KvmCap.KVM_CAP_EXT_CPUID,
    KvmCap.KVM_CAP_MP_STATE,
    KvmCap.KVM_CAP_VCPU_EVENTS,
    KvmCap.KVM_CAP_XSAVE,
    KvmCap.KVM_CAP_XCRS,
    KvmCap.KVM_CAP_DEBUGREGS,
    KvmCap.KVM_CAP_IMMEDIATE_EXIT
  };

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Availability availability() {
    return HostFacts.read().availability();
  }

  @Override
  public VirtualMachine createVm(VmConfig config) {
    return createVm(config, NativeLibrary.get());
  }

  /** With given native calls, to compare them. */
  VirtualMachine createVm(VmConfig config, NativeCalls calls) {
    Kvm kvm = new Kvm(calls);
    try {
      kvm.require(REQUIRED);
      return new KvmVm(kvm, config);
    } catch (RuntimeException e) {
      kvm.close();
      throw e;
    }
  }
}
