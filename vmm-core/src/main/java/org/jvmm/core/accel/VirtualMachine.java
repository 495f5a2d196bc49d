package org.jvmm.core.accel;

import java.util.Optional;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.mem.MemorySlot;

/** One guest in an accelerator. It hears of memory through the map it was configured with. */
public interface VirtualMachine extends AutoCloseable {
  /** The accelerator's name, for reports. */
  String accelerator();

  /**
   * Makes a vCPU in its power-on state (SDM vol. 3 table 9-1); all but vCPU 0 wait for a start-up
   * IPI.
   *
   * @param id its APIC id, 0 to {@link VmConfig#vcpus()} - 1, each once
   */
  Vcpu createVcpu(int id);

  /** Where the interrupt controllers are. */
  IrqchipMode irqchip();

  /**
   * An input of the accelerator's interrupt controllers.
   *
   * @param gsi 0-23: ISA interrupts 0-15 reach both the 8259 pair and the IOAPIC (0 there as 2)
   * @throws IllegalStateException unless {@link #irqchip()} is {@code KERNEL}
   */
  IrqLine irqLine(int gsi);

  /**
   * Where MSIs go.
   *
   * @throws IllegalStateException if {@link #irqchip()} is {@code USER}
   */
  MsiTarget msi();

  /**
   * RESET of the interrupt controllers and timers that the accelerator has itself: they are as in a
   * new VM. The vCPUs, which do not run, are reset by {@link Vcpu#reset()}.
   */
  void reset();

  /**
   * Turns the log of pages that vCPUs write on or off for a slot.
   *
   * @throws AccelException if the accelerator cannot
   */
  void logDirty(MemorySlot slot, boolean on);

  /**
   * Takes a slot's dirty log and clears it: bit n of the bitmap is page n of the slot.
   *
   * @param bitmap receives one bit for each 4 KiB page, ORed in
   */
  void takeDirty(MemorySlot slot, long[] bitmap);

  /**
   * An optional ability of this accelerator: a doorbell (ioeventfd), a coalesced region, rescue
   * statistics.
   */
  default <T> Optional<T> capability(Class<T> type) {
    return Optional.empty();
  }

  /** Frees the VM and its vCPUs, none of which may be running. */
  @Override
  void close();
}
