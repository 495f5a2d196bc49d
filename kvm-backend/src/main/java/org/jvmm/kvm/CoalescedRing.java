package org.jvmm.kvm;

import org.jvmm.core.accel.CoalescedWrites;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_coalesced_mmio;
import org.jvmm.kvm.abi.KvmStructs.kvm_coalesced_mmio_ring;
import org.jvmm.kvm.abi.KvmStructs.kvm_coalesced_mmio_zone;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * KVM's ring of collected writes, one for the VM: a page that every vCPU's shared memory shows. KVM
 * moves {@code last}, we move {@code first}.
 */
final class CoalescedRing implements CoalescedWrites {
  private static final int PAGE = 4096;

  /** KVM_COALESCED_MMIO_MAX. */
  private static final int ENTRIES =
      (PAGE - kvm_coalesced_mmio_ring.sizeof) / kvm_coalesced_mmio.sizeof;

  private final KvmFd vm;
  private Sink sink = (port, address, size, data) -> {};

  /** Host address of the ring, 0 until there is a vCPU. */
  private long ring;

  /** Whether there is a range; until then nobody looks at the ring. */
  private volatile boolean used;

  CoalescedRing(KvmFd vm) {
    this.vm = vm;
  }

  /** The first vCPU's shared memory is there. */
  synchronized void mapped(long run) {
    if (ring == 0) {
      ring = run + (long) KvmAbi.KVM_COALESCED_MMIO_PAGE_OFFSET * PAGE;
    }
  }

  /** That shared memory goes away. */
  synchronized void unmapped(long run) {
    if (ring == run + (long) KvmAbi.KVM_COALESCED_MMIO_PAGE_OFFSET * PAGE) {
      ring = 0;
    }
  }

  @Override
  public synchronized void deliverTo(Sink newSink) {
    sink = newSink;
  }

  @Override
  public void coalesce(boolean port, long address, int size) {
    zone(KvmAbi.KVM_REGISTER_COALESCED_MMIO, port, address, size);
    used = true;
  }

  @Override
  public void uncoalesce(boolean port, long address, int size) {
    zone(KvmAbi.KVM_UNREGISTER_COALESCED_MMIO, port, address, size);
  }

  private void zone(long request, boolean port, long address, int size) {
    try (NativeMemory struct = new NativeMemory(vm.calls(), kvm_coalesced_mmio_zone.sizeof)) {
      struct.putLong(kvm_coalesced_mmio_zone.addr, address);
      struct.putInt(kvm_coalesced_mmio_zone.size, size);
      struct.putInt(kvm_coalesced_mmio_zone.pio, port ? 1 : 0);
      vm.ioctl(request, struct.address(), "addr=%#x size=%#x pio=%b", address, size, port);
    }
  }

  /** Delivers what has been collected. Before every exit, so that order is kept. */
  void drain() {
    if (used) {
      drainUsed();
    }
  }

  private synchronized void drainUsed() {
    if (ring == 0) {
      return;
    }
    int first = RawMemory.getInt(ring + kvm_coalesced_mmio_ring.first);
    int last = RawMemory.getInt(ring + kvm_coalesced_mmio_ring.last);
    while (first != last) {
      long entry =
          ring + kvm_coalesced_mmio_ring.coalesced_mmio + (long) first * kvm_coalesced_mmio.sizeof;
      int size = Math.min(8, RawMemory.getInt(entry + kvm_coalesced_mmio.len));
      sink.write(
          RawMemory.getInt(entry + kvm_coalesced_mmio.pio) != 0,
          RawMemory.getLong(entry + kvm_coalesced_mmio.phys_addr),
          size,
          RawMemory.getLong(entry + kvm_coalesced_mmio.data) & -1L >>> (64 - 8 * size));
      first = (first + 1) % ENTRIES;
      RawMemory.putInt(ring + kvm_coalesced_mmio_ring.first, first);
    }
  }
}
