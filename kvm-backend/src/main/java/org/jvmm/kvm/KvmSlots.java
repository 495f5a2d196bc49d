package org.jvmm.kvm;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.mem.MemoryListener;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_clear_dirty_log;
import org.jvmm.kvm.abi.KvmStructs.kvm_dirty_log;
import org.jvmm.kvm.abi.KvmStructs.kvm_userspace_memory_region;
import org.jvmm.kvm.nativecall.NativeMemory;

/** KVM's memslots, kept like the guest's memory map, and their dirty logs. */
final class KvmSlots implements MemoryListener, AutoCloseable {
  private final KvmFd vm;
  private final int limit;
  private final boolean readOnly;

  /** KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 is on: taking a log protects nothing, clearing does. */
  private final boolean manualProtect;

  private final NativeMemory struct;

  /** By guest-physical address: mapped slots are disjoint. */
  private final Map<Long, Integer> numbers = new HashMap<>();

  private final BitSet used = new BitSet();
  private final BitSet logged = new BitSet();

  KvmSlots(KvmFd vm, int limit, boolean readOnly, boolean manualProtect) {
    this.vm = vm;
    this.limit = limit;
    this.readOnly = readOnly;
    this.manualProtect = manualProtect;
    this.struct = new NativeMemory(vm.calls(), 64);
  }

  @Override
  public synchronized void added(MemorySlot slot) {
    int number = used.nextClearBit(0);
    if (number >= limit) {
      throw new AccelException("memory slot %s: KVM has only %d".formatted(slot.name(), limit));
    }
    if (!slot.writable() && !readOnly) {
      throw new AccelException(
          "memory slot %s: this KVM has no KVM_CAP_READONLY_MEM".formatted(slot.name()));
    }
    set(number, slot, slot.size(), slot.writable() ? 0 : KvmAbi.KVM_MEM_READONLY);
    used.set(number);
    numbers.put(slot.gpa(), number);
  }

  @Override
  public synchronized void removed(MemorySlot slot) {
    Integer number = numbers.remove(slot.gpa());
    if (number != null) {
      set(number, slot, 0, 0);
      used.clear(number);
      logged.clear(number);
    }
  }

  private void set(int number, MemorySlot slot, long size, int flags) {
    struct.putInt(kvm_userspace_memory_region.slot, number);
    struct.putInt(kvm_userspace_memory_region.flags, flags);
    struct.putLong(kvm_userspace_memory_region.guest_phys_addr, slot.gpa());
    struct.putLong(kvm_userspace_memory_region.memory_size, size);
    struct.putLong(kvm_userspace_memory_region.userspace_addr, slot.hostAddress());
    vm.ioctl(
        KvmAbi.KVM_SET_USER_MEMORY_REGION,
        struct.address(),
        "slot=%d %s gpa=%#x size=%#x flags=%#x",
        number,
        slot.name(),
        slot.gpa(),
        size,
        flags);
  }

  synchronized void logDirty(MemorySlot slot, boolean on) {
    int number = numberOf(slot);
    int rom = slot.writable() ? 0 : KvmAbi.KVM_MEM_READONLY;
    set(number, slot, slot.size(), rom | (on ? KvmAbi.KVM_MEM_LOG_DIRTY_PAGES : 0));
    logged.set(number, on);
  }

  synchronized void takeDirty(MemorySlot slot, long[] bitmap) {
    int number = numberOf(slot);
    if (!logged.get(number)) {
      throw new AccelException("memory slot %s: its dirty log is off".formatted(slot.name()));
    }
    int pages = (int) (slot.size() >> 12);
    int words = (pages + 63) >> 6;
    try (NativeMemory bits = new NativeMemory(vm.calls(), 8L * words)) {
      struct.putInt(kvm_dirty_log.slot, number);
      struct.putLong(kvm_dirty_log.dirty_bitmap, bits.address());
      vm.ioctl(KvmAbi.KVM_GET_DIRTY_LOG, struct.address(), "slot=%d", number);
      for (int i = 0; i < words; i++) {
        bitmap[i] |= RawMemory.getLong(bits.address() + 8L * i);
      }
      if (manualProtect) {
        clear(number, pages, bits.address());
      }
    }
  }

  /** Page counts must be multiples of 64, unless they reach to the slot's end. */
  private void clear(int number, int pages, long bits) {
    struct.putInt(kvm_clear_dirty_log.slot, number);
    struct.putInt(kvm_clear_dirty_log.num_pages, pages);
    struct.putLong(kvm_clear_dirty_log.first_page, 0);
    struct.putLong(kvm_clear_dirty_log.dirty_bitmap, bits);
    vm.ioctl(KvmAbi.KVM_CLEAR_DIRTY_LOG, struct.address(), "slot=%d pages=%#x", number, pages);
  }

  private int numberOf(MemorySlot slot) {
    Integer number = numbers.get(slot.gpa());
    if (number == null) {
      throw new AccelException("memory slot %s is not mapped".formatted(slot.name()));
    }
    return number;
  }

  @Override
  public void close() {
    struct.close();
  }
}
