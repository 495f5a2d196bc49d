package org.jvmm.kvm;

import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_run;

/**
 * The last exit as a view of the shared struct kvm_run: nothing is copied, nothing allocated. The
 * addresses are raw, because the kernel wrote what they are made of; items are bounded by {@link
 * #count}.
 */
final class KvmExit implements VcpuExit {
  private final long run;
  private ExitReason reason = ExitReason.INTERRUPTED;

  /** I/O: address of item 0. */
  private long items;

  private int size;
  private int count = 1;

  /**
   * @param run host address of the vCPU's struct kvm_run
   */
  KvmExit(long run) {
    this.run = run;
  }

  /** Header number of the exit. */
  int number() {
    return RawMemory.getInt(run + kvm_run.exit_reason);
  }

  /** Looks at the exit that KVM_RUN has just reported; null for those that are not the VMM's. */
  KvmExit decode() {
    int number = number();
    if (number == KvmAbi.KVM_EXIT_IO) {
      size = RawMemory.getByte(run + kvm_run.io_size);
      count = RawMemory.getInt(run + kvm_run.io_count);
      items = run + RawMemory.getLong(run + kvm_run.io_data_offset);
      reason =
          RawMemory.getByte(run + kvm_run.io_direction) == KvmAbi.KVM_EXIT_IO_IN
              ? ExitReason.IO_IN
              : ExitReason.IO_OUT;
    } else if (number == KvmAbi.KVM_EXIT_MMIO) {
      size = RawMemory.getInt(run + kvm_run.mmio_len);
      count = 1;
      items = run + kvm_run.mmio_data;
      reason =
          RawMemory.getByte(run + kvm_run.mmio_is_write) == 0
              ? ExitReason.MMIO_READ
              : ExitReason.MMIO_WRITE;
    } else {
      reason = rareReason(number, run);
    }
    return this;
  }

  private static ExitReason rareReason(int number, long run) {
    return switch (number) {
      case KvmAbi.KVM_EXIT_HLT -> ExitReason.HALTED;
      case KvmAbi.KVM_EXIT_IRQ_WINDOW_OPEN -> ExitReason.INTERRUPT_WINDOW;
      case KvmAbi.KVM_EXIT_IOAPIC_EOI -> ExitReason.IOAPIC_EOI;
      case KvmAbi.KVM_EXIT_INTR -> ExitReason.INTERRUPTED;
      case KvmAbi.KVM_EXIT_DEBUG -> ExitReason.DEBUG;
      case KvmAbi.KVM_EXIT_SHUTDOWN -> ExitReason.SHUTDOWN;
      case KvmAbi.KVM_EXIT_FAIL_ENTRY -> ExitReason.FAIL_ENTRY;
      case KvmAbi.KVM_EXIT_INTERNAL_ERROR ->
          RawMemory.getInt(run + kvm_run.internal_suberror) == KvmAbi.KVM_INTERNAL_ERROR_EMULATION
              ? ExitReason.EMULATION_FAILURE
              : ExitReason.INTERNAL_ERROR;
      default -> ExitReason.UNKNOWN;
    };
  }

  /** Makes it an exit of our own that the kernel did not report. */
  KvmExit is(ExitReason ownReason) {
    reason = ownReason;
    return this;
  }

  @Override
  public ExitReason reason() {
    return reason;
  }

  @Override
  public int port() {
    return RawMemory.getShort(run + kvm_run.io_port) & 0xffff;
  }

  @Override
  public long address() {
    return RawMemory.getLong(run + kvm_run.mmio_phys_addr);
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public long data(int i) {
    long at = items + (long) i * size;
    return switch (size) {
      case 1 -> RawMemory.getByte(at) & 0xffL;
      case 2 -> RawMemory.getShort(at) & 0xffffL;
      case 4 -> RawMemory.getInt(at) & 0xffff_ffffL;
      case 8 -> RawMemory.getLong(at);
      default -> oddData(at);
    };
  }

  /** An access of 3, 5, 6 or 7 bytes: the part of one that crosses a page. */
  private long oddData(long at) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (RawMemory.getByte(at + i) & 0xffL) << (8 * i);
    }
    return value;
  }

  @Override
  public void reply(int i, long value) {
    long at = items + (long) i * size;
    switch (size) {
      case 1 -> RawMemory.putByte(at, (byte) value);
      case 2 -> RawMemory.putShort(at, (short) value);
      case 4 -> RawMemory.putInt(at, (int) value);
      case 8 -> RawMemory.putLong(at, value);
      default -> oddReply(at, value);
    }
  }

  private void oddReply(long at, long value) {
    for (int i = 0; i < size; i++) {
      RawMemory.putByte(at + i, (byte) (value >>> (8 * i)));
    }
  }

  @Override
  public int vector() {
    return RawMemory.getByte(run + kvm_run.eoi_vector) & 0xff;
  }

  @Override
  public long debugRip() {
    return RawMemory.getLong(run + kvm_run.debug_arch_pc);
  }

  @Override
  public long debugDr6() {
    return RawMemory.getLong(run + kvm_run.debug_arch_dr6);
  }

  @Override
  public int debugException() {
    return RawMemory.getInt(run + kvm_run.debug_arch_exception);
  }

  @Override
  public String detail() {
    return ExitDetail.of(run, number());
  }
}
