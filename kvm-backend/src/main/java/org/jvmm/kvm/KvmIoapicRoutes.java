package org.jvmm.kvm;

import org.jvmm.core.accel.IoapicRoutes;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_irq_routing;
import org.jvmm.kvm.abi.KvmStructs.kvm_irq_routing_entry;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * GSI routing of a split irqchip: one message for each input of the userspace IOAPIC. KVM reads
 * from it which vectors need an exit at their end of interrupt.
 */
final class KvmIoapicRoutes implements IoapicRoutes {
  private final KvmFd vm;
  private final long[] addresses = new long[PINS];
  private final int[] data = new int[PINS];

  KvmIoapicRoutes(KvmFd vm) {
    this.vm = vm;
  }

  @Override
  public synchronized void route(int pin, long address, int message) {
    if (addresses[pin] != address || data[pin] != message) {
      addresses[pin] = address;
      data[pin] = message;
      tellKvm();
    }
  }

  private void tellKvm() {
    int size = kvm_irq_routing.sizeof + PINS * kvm_irq_routing_entry.sizeof;
    try (NativeMemory table = new NativeMemory(vm.calls(), size)) {
      table.putInt(kvm_irq_routing.nr, PINS);
      for (int pin = 0; pin < PINS; pin++) {
        long at = kvm_irq_routing.entries + (long) pin * kvm_irq_routing_entry.sizeof;
        table.putInt(at + kvm_irq_routing_entry.gsi, pin);
        table.putInt(at + kvm_irq_routing_entry.type, KvmAbi.KVM_IRQ_ROUTING_MSI);
        table.putInt(at + kvm_irq_routing_entry.u_msi_address_lo, (int) addresses[pin]);
        table.putInt(at + kvm_irq_routing_entry.u_msi_address_hi, (int) (addresses[pin] >>> 32));
        table.putInt(at + kvm_irq_routing_entry.u_msi_data, data[pin]);
      }
      vm.ioctl(KvmAbi.KVM_SET_GSI_ROUTING, table.address(), "nr=%d", PINS);
    }
  }
}
