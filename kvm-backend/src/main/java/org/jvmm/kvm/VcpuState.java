package org.jvmm.kvm;

import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_debugregs;
import org.jvmm.kvm.abi.KvmStructs.kvm_dtable;
import org.jvmm.kvm.abi.KvmStructs.kvm_lapic_state;
import org.jvmm.kvm.abi.KvmStructs.kvm_mp_state;
import org.jvmm.kvm.abi.KvmStructs.kvm_regs;
import org.jvmm.kvm.abi.KvmStructs.kvm_segment;
import org.jvmm.kvm.abi.KvmStructs.kvm_sregs;
import org.jvmm.kvm.abi.KvmStructs.kvm_sregs2;
import org.jvmm.kvm.abi.KvmStructs.kvm_vcpu_events;
import org.jvmm.kvm.abi.KvmStructs.kvm_xcr;
import org.jvmm.kvm.abi.KvmStructs.kvm_xcrs;
import org.jvmm.kvm.abi.KvmStructs.kvm_xsave;
import org.jvmm.kvm.nativecall.NativeMemory;

/** Moves the parts of {@link CpuState} from and to a vCPU: one ioctl for each struct. */
final class VcpuState {
  /** Offsets in kvm_regs by {@link CpuState#gpr} index; R8-R15 follow. */
  private static final int[] GPR = {
    kvm_regs.rax, kvm_regs.rcx, kvm_regs.rdx, kvm_regs.rbx,
    kvm_regs.rsp, kvm_regs.rbp, kvm_regs.rsi, kvm_regs.rdi
  };

  /** Offsets in kvm_sregs by {@link CpuState#segments} index. */
  private static final int[] SEGMENTS = {
    kvm_sregs.es, kvm_sregs.cs, kvm_sregs.ss, kvm_sregs.ds,
    kvm_sregs.fs, kvm_sregs.gs, kvm_sregs.ldt, kvm_sregs.tr
  };

  /** kvm_sregs2 without interrupt_bitmap: what kvm_vcpu_events says too. */
  private final boolean sregs2;

  private final KvmFd vcpu;
  private final NativeMemory struct;
  private final int xsaveSize;

  /**
   * @param xsaveSize bytes of KVM_GET_XSAVE2, or the size of struct kvm_xsave for KVM_GET_XSAVE
   * @param struct shared scratch memory, at least that large
   */
  VcpuState(KvmFd vcpu, NativeMemory struct, int xsaveSize, boolean sregs2) {
    this.vcpu = vcpu;
    this.struct = struct;
    this.xsaveSize = xsaveSize;
    this.sregs2 = sregs2;
  }

  void saveGeneral(CpuState into) {
    vcpu.ioctl(KvmAbi.KVM_GET_REGS, struct);
    readRegs(struct, 0, into);
  }

  /** Reads a struct kvm_regs. */
  static void readRegs(NativeMemory from, long at, CpuState into) {
    for (int i = 0; i < into.gpr.length; i++) {
      into.gpr[i] = from.getLong(at + gprOffset(i));
    }
    into.rip = from.getLong(at + kvm_regs.rip);
    into.rflags = from.getLong(at + kvm_regs.rflags);
  }

  /** Writes a struct kvm_regs. */
  static void writeRegs(NativeMemory to, long at, CpuState from) {
    for (int i = 0; i < from.gpr.length; i++) {
      to.putLong(at + gprOffset(i), from.gpr[i]);
    }
    to.putLong(at + kvm_regs.rip, from.rip);
    to.putLong(at + kvm_regs.rflags, from.rflags);
  }

  void restoreGeneral(CpuState from) {
    writeRegs(struct, 0, from);
    vcpu.ioctl(KvmAbi.KVM_SET_REGS, struct.address(), "rip=%#x rflags=%#x", from.rip, from.rflags);
  }

  private static int gprOffset(int i) {
    return i < GPR.length ? GPR[i] : kvm_regs.r8 + 8 * (i - GPR.length);
  }

  void saveSystem(CpuState into) {
    vcpu.ioctl(sregs2 ? KvmAbi.KVM_GET_SREGS2 : KvmAbi.KVM_GET_SREGS, struct);
    readSregs(struct, 0, into);
  }

  /** Reads a struct kvm_sregs; kvm_sregs2 begins alike. */
  static void readSregs(NativeMemory from, long at, CpuState into) {
    for (int i = 0; i < SEGMENTS.length; i++) {
      readSegment(from, at + SEGMENTS[i], into.segments[i]);
    }
    into.gdtBase = from.getLong(at + kvm_sregs.gdt);
    into.gdtLimit = from.getShort(at + kvm_sregs.gdt + kvm_dtable.limit);
    into.idtBase = from.getLong(at + kvm_sregs.idt);
    into.idtLimit = from.getShort(at + kvm_sregs.idt + kvm_dtable.limit);
    into.cr0 = from.getLong(at + kvm_sregs.cr0);
    into.cr2 = from.getLong(at + kvm_sregs.cr2);
    into.cr3 = from.getLong(at + kvm_sregs.cr3);
    into.cr4 = from.getLong(at + kvm_sregs.cr4);
    into.cr8 = from.getLong(at + kvm_sregs.cr8);
    into.efer = from.getLong(at + kvm_sregs.efer);
    into.apicBase = from.getLong(at + kvm_sregs.apic_base);
  }

  private static void readSegment(NativeMemory from, long at, Segment into) {
    into.set(
        from.getShort(at + kvm_segment.selector),
        from.getLong(at + kvm_segment.base),
        from.getInt(at + kvm_segment.limit),
        from.getByte(at + kvm_segment.type)
            | from.getByte(at + kvm_segment.s) << 4
            | from.getByte(at + kvm_segment.dpl) << 5
            | from.getByte(at + kvm_segment.present) << 7
            | from.getByte(at + kvm_segment.avl) << 8
            | from.getByte(at + kvm_segment.l) << 9
            | from.getByte(at + kvm_segment.db) << 10
            | from.getByte(at + kvm_segment.g) << 11,
        from.getByte(at + kvm_segment.unusable) != 0);
  }

  /** Writes a struct kvm_sregs, with no interrupt; kvm_sregs2 begins alike. */
  static void writeSregs(NativeMemory to, long at, CpuState from) {
    to.clear(at, kvm_sregs.sizeof);
    for (int i = 0; i < SEGMENTS.length; i++) {
      writeSegment(to, at + SEGMENTS[i], from.segments[i]);
    }
    to.putLong(at + kvm_sregs.gdt, from.gdtBase);
    to.putShort(at + kvm_sregs.gdt + kvm_dtable.limit, from.gdtLimit);
    to.putLong(at + kvm_sregs.idt, from.idtBase);
    to.putShort(at + kvm_sregs.idt + kvm_dtable.limit, from.idtLimit);
    to.putLong(at + kvm_sregs.cr0, from.cr0);
    to.putLong(at + kvm_sregs.cr2, from.cr2);
    to.putLong(at + kvm_sregs.cr3, from.cr3);
    to.putLong(at + kvm_sregs.cr4, from.cr4);
    to.putLong(at + kvm_sregs.cr8, from.cr8);
    to.putLong(at + kvm_sregs.efer, from.efer);
    to.putLong(at + kvm_sregs.apic_base, from.apicBase);
  }

  void restoreSystem(CpuState from) {
    struct.clear(kvm_sregs2.sizeof);
    writeSregs(struct, 0, from);
    vcpu.ioctl(
        sregs2 ? KvmAbi.KVM_SET_SREGS2 : KvmAbi.KVM_SET_SREGS,
        struct.address(),
        "cr0=%#x cr3=%#x cr4=%#x efer=%#x",
        from.cr0,
        from.cr3,
        from.cr4,
        from.efer);
  }

  private static void writeSegment(NativeMemory to, long at, Segment from) {
    to.putShort(at + kvm_segment.selector, from.selector);
    to.putLong(at + kvm_segment.base, from.base);
    to.putInt(at + kvm_segment.limit, from.limit);
    to.putByte(at + kvm_segment.type, from.access & 15);
    to.putByte(at + kvm_segment.s, from.access >> 4 & 1);
    to.putByte(at + kvm_segment.dpl, from.access >> 5 & 3);
    to.putByte(at + kvm_segment.present, from.access >> 7 & 1);
    to.putByte(at + kvm_segment.avl, from.access >> 8 & 1);
    to.putByte(at + kvm_segment.l, from.access >> 9 & 1);
    to.putByte(at + kvm_segment.db, from.access >> 10 & 1);
    to.putByte(at + kvm_segment.g, from.access >> 11 & 1);
    to.putByte(at + kvm_segment.unusable, from.unusable ? 1 : 0);
  }

  void saveDebug(CpuState into) {
    vcpu.ioctl(KvmAbi.KVM_GET_DEBUGREGS, struct);
    for (int i = 0; i < 4; i++) {
      into.dr[i] = struct.getLong(kvm_debugregs.db + 8 * i);
    }
    into.dr[6] = struct.getLong(kvm_debugregs.dr6);
    into.dr[7] = struct.getLong(kvm_debugregs.dr7);
  }

  void restoreDebug(CpuState from) {
    struct.clear(kvm_debugregs.sizeof);
    for (int i = 0; i < 4; i++) {
      struct.putLong(kvm_debugregs.db + 8 * i, from.dr[i]);
    }
    struct.putLong(kvm_debugregs.dr6, from.dr[6]);
    struct.putLong(kvm_debugregs.dr7, from.dr[7]);
    vcpu.ioctl(
        KvmAbi.KVM_SET_DEBUGREGS, struct.address(), "dr6=%#x dr7=%#x", from.dr[6], from.dr[7]);
  }

  void saveFpu(CpuState into) {
    vcpu.ioctl(xsaveSize > kvm_xsave.sizeof ? KvmAbi.KVM_GET_XSAVE2 : KvmAbi.KVM_GET_XSAVE, struct);
    if (into.xsave.length < xsaveSize) {
      into.xsave = new byte[xsaveSize];
    }
    struct.copyOut(0, into.xsave, xsaveSize);
    vcpu.ioctl(KvmAbi.KVM_GET_XCRS, struct);
    for (int i = 0; i < struct.getInt(kvm_xcrs.nr_xcrs); i++) {
      int at = kvm_xcrs.xcrs + i * kvm_xcr.sizeof;
      if (struct.getInt(at + kvm_xcr.xcr) == 0) {
        into.xcr0 = struct.getLong(at + kvm_xcr.value);
      }
    }
  }

  void restoreFpu(CpuState from) {
    struct.clear(kvm_xcrs.sizeof);
    struct.putInt(kvm_xcrs.nr_xcrs, 1);
    struct.putLong(kvm_xcrs.xcrs + kvm_xcr.value, from.xcr0);
    vcpu.ioctl(KvmAbi.KVM_SET_XCRS, struct.address(), "xcr0=%#x", from.xcr0);
    struct.clear(xsaveSize);
    struct.copyIn(from.xsave, Math.min(from.xsave.length, xsaveSize), 0);
    vcpu.ioctl(KvmAbi.KVM_SET_XSAVE, struct);
  }

  void saveApic(CpuState into) {
    vcpu.ioctl(KvmAbi.KVM_GET_LAPIC, struct);
    if (into.lapic == null) {
      into.lapic = new byte[kvm_lapic_state.sizeof];
    }
    struct.copyOut(0, into.lapic, kvm_lapic_state.sizeof);
  }

  void restoreApic(CpuState from) {
    struct.copyIn(from.lapic, kvm_lapic_state.sizeof, 0);
    vcpu.ioctl(KvmAbi.KVM_SET_LAPIC, struct);
  }

  void saveEvents(CpuState into) {
    vcpu.ioctl(KvmAbi.KVM_GET_VCPU_EVENTS, struct);
    readEvents(struct, 0, into);
    vcpu.ioctl(KvmAbi.KVM_GET_MP_STATE, struct);
    int mpState = struct.getInt(kvm_mp_state.mp_state);
    into.activity =
        switch (mpState) {
          case KvmAbi.KVM_MP_STATE_HALTED -> Activity.HALTED;
          case KvmAbi.KVM_MP_STATE_INIT_RECEIVED, KvmAbi.KVM_MP_STATE_SIPI_RECEIVED ->
              Activity.WAIT_FOR_SIPI;
          case KvmAbi.KVM_MP_STATE_UNINITIALIZED -> Activity.UNINITIALIZED;
          default -> Activity.RUNNING;
        };
    if (mpState != KvmAbi.KVM_MP_STATE_SIPI_RECEIVED) {
      into.sipiVector = -1;
    }
  }

  /** Reads a struct kvm_vcpu_events. */
  static void readEvents(NativeMemory from, long at, CpuState into) {
    boolean injected = from.getByte(at + kvm_vcpu_events.exception_injected) != 0;
    boolean pending = from.getByte(at + kvm_vcpu_events.exception_pending) != 0;
    into.exception = injected || pending ? from.getByte(at + kvm_vcpu_events.exception_nr) : -1;
    into.exceptionInjected = injected;
    into.exceptionHasErrorCode = from.getByte(at + kvm_vcpu_events.exception_has_error_code) != 0;
    into.exceptionErrorCode = from.getInt(at + kvm_vcpu_events.exception_error_code);
    into.injectedInterrupt =
        from.getByte(at + kvm_vcpu_events.interrupt_injected) != 0
            ? from.getByte(at + kvm_vcpu_events.interrupt_nr)
            : -1;
    into.injectedIsSoftware = from.getByte(at + kvm_vcpu_events.interrupt_soft) != 0;
    int shadow = from.getByte(at + kvm_vcpu_events.interrupt_shadow);
    into.interruptShadow =
        ((shadow & SHADOW_STI) != 0 ? CpuState.SHADOW_STI : 0)
            | ((shadow & SHADOW_MOV_SS) != 0 ? CpuState.SHADOW_MOV_SS : 0);
    into.nmiInjected = from.getByte(at + kvm_vcpu_events.nmi_injected) != 0;
    into.nmiPending = from.getByte(at + kvm_vcpu_events.nmi_pending) != 0;
    into.nmiMasked = from.getByte(at + kvm_vcpu_events.nmi_masked) != 0;
    into.sipiVector = from.getInt(at + kvm_vcpu_events.sipi_vector);
  }

  /** KVM_X86_SHADOW_INT_*: the other way round than ours. */
  private static final int SHADOW_MOV_SS = 1, SHADOW_STI = 2;

  void restoreEvents(CpuState from, boolean mpState) {
    writeEvents(struct, 0, from, true);
    vcpu.ioctl(KvmAbi.KVM_SET_VCPU_EVENTS, struct);
    if (mpState) {
      restoreActivity(from);
    }
  }

  /**
   * Writes a struct kvm_vcpu_events.
   *
   * @param withNmi whether a pending NMI is set too; one that comes meanwhile is lost then
   */
  static void writeEvents(NativeMemory to, long at, CpuState from, boolean withNmi) {
    to.clear(at, kvm_vcpu_events.sizeof);
    if (from.exception >= 0) {
      // Without KVM_CAP_EXCEPTION_PAYLOAD "injected" means "injected or pending".
      to.putByte(at + kvm_vcpu_events.exception_injected, 1);
      to.putByte(at + kvm_vcpu_events.exception_nr, from.exception);
      to.putByte(at + kvm_vcpu_events.exception_has_error_code, from.exceptionHasErrorCode ? 1 : 0);
      to.putInt(at + kvm_vcpu_events.exception_error_code, from.exceptionErrorCode);
    }
    if (from.injectedInterrupt >= 0) {
      to.putByte(at + kvm_vcpu_events.interrupt_injected, 1);
      to.putByte(at + kvm_vcpu_events.interrupt_nr, from.injectedInterrupt);
      to.putByte(at + kvm_vcpu_events.interrupt_soft, from.injectedIsSoftware ? 1 : 0);
    }
    to.putByte(
        at + kvm_vcpu_events.interrupt_shadow,
        ((from.interruptShadow & CpuState.SHADOW_STI) != 0 ? SHADOW_STI : 0)
            | ((from.interruptShadow & CpuState.SHADOW_MOV_SS) != 0 ? SHADOW_MOV_SS : 0));
    to.putByte(at + kvm_vcpu_events.nmi_injected, from.nmiInjected ? 1 : 0);
    to.putByte(at + kvm_vcpu_events.nmi_pending, from.nmiPending ? 1 : 0);
    to.putByte(at + kvm_vcpu_events.nmi_masked, from.nmiMasked ? 1 : 0);
    int valid = KvmAbi.KVM_VCPUEVENT_VALID_SHADOW;
    valid |= withNmi ? KvmAbi.KVM_VCPUEVENT_VALID_NMI_PENDING : 0;
    if (from.sipiVector >= 0) {
      to.putInt(at + kvm_vcpu_events.sipi_vector, from.sipiVector);
      valid |= KvmAbi.KVM_VCPUEVENT_VALID_SIPI_VECTOR;
    }
    to.putInt(at + kvm_vcpu_events.flags, valid);
  }

  /** Sets what the vCPU does where KVM knows that. */
  void restoreActivity(CpuState from) {
    int state =
        switch (from.activity) {
          case RUNNING -> KvmAbi.KVM_MP_STATE_RUNNABLE;
          case HALTED -> KvmAbi.KVM_MP_STATE_HALTED;
          case WAIT_FOR_SIPI ->
              from.sipiVector >= 0
                  ? KvmAbi.KVM_MP_STATE_SIPI_RECEIVED
                  : KvmAbi.KVM_MP_STATE_INIT_RECEIVED;
          case UNINITIALIZED -> KvmAbi.KVM_MP_STATE_UNINITIALIZED;
        };
    struct.putInt(kvm_mp_state.mp_state, state);
    vcpu.ioctl(KvmAbi.KVM_SET_MP_STATE, struct.address(), "mp_state=%d", state);
  }
}
