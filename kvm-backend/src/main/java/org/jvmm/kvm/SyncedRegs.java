package org.jvmm.kvm;

import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_run;
import org.jvmm.kvm.abi.KvmStructs.kvm_sync_regs;
import org.jvmm.kvm.abi.KvmStructs.kvm_vcpu_events;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * The registers in kvm_run (Documentation/virt/kvm/api.rst, KVM_CAP_SYNC_REGS): KVM_RUN leaves them
 * there when it returns and takes them from there when it is called, without another system call.
 */
final class SyncedRegs {
  /** All that this kernel interface moves. */
  static final int ALL =
      KvmAbi.KVM_SYNC_X86_REGS | KvmAbi.KVM_SYNC_X86_SREGS | KvmAbi.KVM_SYNC_X86_EVENTS;

  private static final int REGS = kvm_run.s_regs + kvm_sync_regs.regs;
  private static final int SREGS = kvm_run.s_regs + kvm_sync_regs.sregs;
  private static final int EVENTS = kvm_run.s_regs + kvm_sync_regs.events;

  private final NativeMemory run;
  private final boolean there;
  private boolean wanted;
  private boolean valid;

  /**
   * @param run struct kvm_run
   * @param there whether this KVM can do it
   */
  SyncedRegs(NativeMemory run, boolean there) {
    this.run = run;
    this.there = there;
  }

  /** Says whether the following KVM_RUNs leave registers, which costs each of them time. */
  void want(boolean on) {
    if (there && on != wanted) {
      wanted = on;
      run.putLong(kvm_run.kvm_valid_regs, on ? ALL : 0);
    }
  }

  /** KVM_RUN was called: it has taken what was written here. */
  void entered() {
    valid = wanted;
  }

  /** Whether the vCPU's registers are here. */
  boolean valid() {
    return valid;
  }

  /** The vCPU gets registers in another way. */
  void overtaken() {
    valid = false;
  }

  /** Reads a part of the state of a vCPU that runs. */
  void read(CpuState into, Part part) {
    switch (part) {
      case GENERAL -> VcpuState.readRegs(run, REGS, into);
      case SYSTEM -> VcpuState.readSregs(run, SREGS, into);
      case EVENTS -> {
        VcpuState.readEvents(run, EVENTS, into);
        into.activity = Activity.RUNNING;
        into.sipiVector = -1;
      }
      default -> throw new IllegalArgumentException("not synchronized: " + part);
    }
  }

  /** Writes a part of the state, for the next KVM_RUN to take. */
  void write(CpuState from, Part part) {
    int mask =
        switch (part) {
          case GENERAL -> {
            VcpuState.writeRegs(run, REGS, from);
            yield KvmAbi.KVM_SYNC_X86_REGS;
          }
          case SYSTEM -> {
            VcpuState.writeSregs(run, SREGS, from);
            yield KvmAbi.KVM_SYNC_X86_SREGS;
          }
          case EVENTS -> {
            // Another vCPU's NMI may be on its way to KVM: it is overwritten only where it must.
            boolean pended = run.getByte(EVENTS + kvm_vcpu_events.nmi_pending) != 0;
            VcpuState.writeEvents(run, EVENTS, from, from.nmiPending != pended);
            yield KvmAbi.KVM_SYNC_X86_EVENTS;
          }
          default -> throw new IllegalArgumentException("not synchronized: " + part);
        };
    run.putLong(kvm_run.kvm_dirty_regs, run.getLong(kvm_run.kvm_dirty_regs) | mask);
  }
}
