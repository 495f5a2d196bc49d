package org.jvmm.kvm;

import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.LocalApic;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_interrupt;
import org.jvmm.kvm.abi.KvmStructs.kvm_run;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * INTR where it does not come from KVM: asks the source before each entry, injects when the guest
 * can take it, and asks for an exit as soon as it can. With a userspace local APIC it also carries
 * CR8, the APIC base and the APIC's MSRs over.
 */
final class InterruptInjector {
  private final KvmFd vcpu;
  private final NativeMemory run;
  private final NativeMemory struct;
  private final boolean userApic;
  private InterruptSource source = InterruptSource.NONE;

  /** The source, if it is a local APIC. */
  private LocalApic apic;

  private long apicBase;

  /**
   * @param userApic whether the local APIC is outside KVM
   */
  InterruptInjector(KvmFd vcpu, NativeMemory run, boolean userApic) {
    this.vcpu = vcpu;
    this.run = run;
    this.userApic = userApic;
    this.struct = new NativeMemory(vcpu.calls(), kvm_interrupt.sizeof);
  }

  void connect(InterruptSource newSource) {
    source = newSource;
    apic = userApic && newSource instanceof LocalApic local ? local : null;
    apicBase = apic == null ? 0 : apic.apicBase();
  }

  void beforeEntry() {
    boolean pending = source.pending();
    if (pending && run.getByte(kvm_run.ready_for_interrupt_injection) != 0) {
      int vector = source.acknowledge();
      if (vector >= 0) {
        struct.putInt(kvm_interrupt.irq, vector);
        vcpu.ioctl(KvmAbi.KVM_INTERRUPT, struct.address(), "irq=%d", vector);
      }
      pending = source.pending();
    }
    run.putByte(kvm_run.request_interrupt_window, pending ? 1 : 0);
    if (apic != null) {
      run.putLong(kvm_run.cr8, apic.readCr8());
    }
  }

  void afterExit() {
    if (apic != null) {
      int cr8 = (int) run.getLong(kvm_run.cr8);
      if (cr8 != apic.readCr8()) {
        apic.writeCr8(cr8);
      }
      long base = run.getLong(kvm_run.apic_base);
      if (base != apicBase) {
        apicBase = base;
        apic.setApicBase(base);
      }
    }
  }

  /** A halted guest: whether the source can interrupt it. */
  boolean canInterrupt() {
    return run.getByte(kvm_run.if_flag) != 0 && source.pending();
  }

  /** Handles an exit that concerns the userspace APIC; false if it is another one. */
  boolean handles(int exitReason) {
    switch (exitReason) {
      case KvmAbi.KVM_EXIT_SET_TPR -> {
        return true; // afterExit has seen CR8
      }
      case KvmAbi.KVM_EXIT_X86_RDMSR -> {
        int index = run.getInt(kvm_run.msr_index);
        boolean known = isOurs(index) && apic.readMsr(index);
        run.putLong(kvm_run.msr_data, known ? apic.msrValue() : 0);
        run.putByte(kvm_run.msr_error, known ? 0 : 1);
        return true;
      }
      case KvmAbi.KVM_EXIT_X86_WRMSR -> {
        int index = run.getInt(kvm_run.msr_index);
        boolean known = isOurs(index) && apic.writeMsr(index, run.getLong(kvm_run.msr_data));
        run.putByte(kvm_run.msr_error, known ? 0 : 1);
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  private boolean isOurs(int index) {
    return apic != null && (index >= 0x800 && index <= 0x8ff || index == VcpuMsrs.TSC_DEADLINE);
  }

  void close() {
    struct.close();
  }
}
