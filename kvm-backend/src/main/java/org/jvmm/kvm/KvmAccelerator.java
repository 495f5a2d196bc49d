package org.jvmm.kvm;

import java.util.Map;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.IrqchipMode;
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

  /** Null: those of this JVM, loaded when a VM is made. */
  private final NativeCalls calls;

  /** With the native calls that {@link NativeLibrary} chooses. */
  public KvmAccelerator() {
    this(null);
  }

  /** With given native calls, to compare them. */
  public KvmAccelerator(NativeCalls calls) {
    this.calls = calls;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Availability availability() {
    return HostFacts.read().availability();
  }

  @Override
  public IrqchipMode bestIrqchip(Map<String, String> options) {
    return IrqchipMode.KERNEL;
  }

  @Override
  public VirtualMachine createVm(VmConfig config) {
    Kvm kvm = new Kvm(calls == null ? NativeLibrary.get() : calls);
    try {
      kvm.require(REQUIRED);
      return new KvmVm(kvm, config);
    } catch (RuntimeException e) {
      kvm.close();
      throw e;
    }
  }
}
