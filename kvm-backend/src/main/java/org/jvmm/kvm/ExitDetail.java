package org.jvmm.kvm;

import java.util.StringJoiner;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_run;

/** What a failed exit says about itself, in words and hex. Cold. */
final class ExitDetail {
  private static final int MAX_DATA = 16;
  private static final int MAX_INSTRUCTION = 15;

  private ExitDetail() {}

  /**
   * @param run host address of struct kvm_run
   * @param number its exit_reason
   */
  static String of(long run, int number) {
    return switch (number) {
      case KvmAbi.KVM_EXIT_SHUTDOWN ->
          "KVM_EXIT_SHUTDOWN: triple fault (an exception while a double fault was delivered)";
      case KvmAbi.KVM_EXIT_FAIL_ENTRY ->
          "KVM_EXIT_FAIL_ENTRY: the processor refused the guest state, hardware reason %#x, cpu %d"
              .formatted(
                  RawMemory.getLong(run + kvm_run.fail_entry_hardware_entry_failure_reason),
                  RawMemory.getInt(run + kvm_run.fail_entry_cpu));
      case KvmAbi.KVM_EXIT_INTERNAL_ERROR -> internalError(run);
      case KvmAbi.KVM_EXIT_UNKNOWN ->
          "KVM_EXIT_UNKNOWN: hardware exit reason %#x"
              .formatted(RawMemory.getLong(run + kvm_run.hw_hardware_exit_reason));
      case KvmAbi.KVM_EXIT_EXCEPTION ->
          "KVM_EXIT_EXCEPTION: vector %d, error code %#x"
              .formatted(
                  RawMemory.getInt(run + kvm_run.ex_exception),
                  RawMemory.getInt(run + kvm_run.ex_error_code));
      case KvmAbi.KVM_EXIT_SYSTEM_EVENT ->
          "KVM_EXIT_SYSTEM_EVENT: type %d"
              .formatted(RawMemory.getInt(run + kvm_run.system_event_type));
      case KvmAbi.KVM_EXIT_NOTIFY ->
          "KVM_EXIT_NOTIFY: no event window opened, flags %#x"
              .formatted(RawMemory.getInt(run + kvm_run.notify_flags));
      default -> KvmAbi.exitName(number);
    };
  }

  private static String internalError(long run) {
    int suberror = RawMemory.getInt(run + kvm_run.internal_suberror);
    String meaning =
        switch (suberror) {
          case KvmAbi.KVM_INTERNAL_ERROR_EMULATION ->
              "emulation failure: KVM had to execute an instruction itself and does not know it";
          case KvmAbi.KVM_INTERNAL_ERROR_SIMUL_EX -> "simultaneous exceptions";
          case KvmAbi.KVM_INTERNAL_ERROR_DELIVERY_EV -> "exit while an event was delivered";
          case KvmAbi.KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON -> "unexpected hardware exit";
          default -> "unknown suberror";
        };
    StringBuilder text =
        new StringBuilder("KVM_EXIT_INTERNAL_ERROR suberror %d: %s".formatted(suberror, meaning));
    if (suberror == KvmAbi.KVM_INTERNAL_ERROR_EMULATION) {
      byte[] instruction = instructionBytes(run);
      if (instruction.length > 0) {
        return text.append("; instruction bytes ").append(hex(instruction)).toString();
      }
    }
    int count = Math.min(RawMemory.getInt(run + kvm_run.internal_ndata), MAX_DATA);
    for (int i = 0; i < count; i++) {
      long value = RawMemory.getLong(run + kvm_run.internal_data + 8L * i);
      text.append(i == 0 ? "; data " : " ").append("%#x".formatted(value));
    }
    return text.toString();
  }

  /**
   * The bytes of the instruction that KVM could not emulate; empty if this KVM does not say.
   *
   * @param run host address of struct kvm_run of an exit with suberror 1
   */
  static byte[] instructionBytes(long run) {
    // Two words of data at least: the flags, and the bytes with their count.
    int words = RawMemory.getInt(run + kvm_run.internal_ndata);
    long flags = RawMemory.getLong(run + kvm_run.emulation_failure_flags);
    boolean said =
        words >= 3 && (flags & KvmAbi.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0;
    int size = said ? RawMemory.getByte(run + kvm_run.emulation_failure_insn_size) & 0xff : 0;
    byte[] bytes = new byte[Math.min(size, MAX_INSTRUCTION)];
    RawMemory.copyOut(run + kvm_run.emulation_failure_insn_bytes, bytes, 0, bytes.length);
    return bytes;
  }

  static String hex(byte[] bytes) {
    StringJoiner text = new StringJoiner(" ");
    for (byte b : bytes) {
      text.add("%02x".formatted(b));
    }
    return text.toString();
  }
}
