package org.jvmm.kvm;

import java.util.EnumSet;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.run.FailureReport;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_translation;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * Why KVM could not go on: the decoded reason, the registers, the bytes at RIP and the loaded
 * module.
 */
final class KvmFailureReport implements FailureReport {
  private static final int BYTES = 16;
  private static final int PAGE = 4096;

  private final GuestMemory memory;

  KvmFailureReport(GuestMemory memory) {
    this.memory = memory;
  }

  @Override
  public String describe(Vcpu vcpu, VcpuExit exit) {
    StringBuilder text = new StringBuilder();
    text.append("vcpu %d: %s\n".formatted(vcpu.id(), exit.detail()));
    if (exit.reason() == ExitReason.SHUTDOWN && HostFacts.read().modules().contains("kvm_amd")) {
      text.append("SVM loses the registers in a triple fault; these are those of a reset\n");
    }
    CpuState state = new CpuState();
    try {
      vcpu.save(state, EnumSet.of(Part.GENERAL, Part.SYSTEM));
      text.append(bytesAtRip((KvmVcpu) vcpu, state)).append('\n').append(state);
    } catch (AccelException e) {
      text.append("registers: ").append(e.getMessage()).append('\n');
    }
    text.append("host: ").append(HostFacts.read().moduleNames());
    text.append(", Linux ").append(System.getProperty("os.version"));
    return text.toString();
  }

  private String bytesAtRip(KvmVcpu vcpu, CpuState state) {
    boolean longMode =
        (state.efer & 1 << 10) != 0 && (state.segments[CpuState.CS].access & 1 << 9) != 0;
    long linear =
        longMode ? state.rip : (state.segments[CpuState.CS].base + state.rip) & 0xffff_ffffL;
    StringBuilder text = new StringBuilder("bytes at %#x:".formatted(linear));
    long gpa = -1;
    for (int i = 0; i < BYTES; i++) {
      long at = linear + i;
      if (i == 0 || at % PAGE == 0) {
        gpa = translate(vcpu, at);
      }
      if (gpa < 0 || !memory.backed(gpa, 1)) {
        return text.append(gpa < 0 ? " (not mapped)" : " (no memory)").toString();
      }
      text.append(" %02x".formatted(memory.read8(gpa++)));
    }
    return text.toString();
  }

  /** The guest-physical address of a linear one, or -1. */
  private static long translate(KvmVcpu vcpu, long linear) {
    try (NativeMemory struct = new NativeMemory(vcpu.fd().calls(), kvm_translation.sizeof)) {
      struct.putLong(kvm_translation.linear_address, linear);
      int result = vcpu.fd().attempt(KvmAbi.KVM_TRANSLATE, struct.address());
      return result < 0 || struct.getByte(kvm_translation.valid) == 0
          ? -1
          : struct.getLong(kvm_translation.physical_address);
    }
  }
}
