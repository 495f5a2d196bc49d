package org.jvmm.core.accel;

/**
 * An ability of a {@link VirtualMachine} whose {@link VirtualMachine#irqchip()} is {@code SPLIT}:
 * the accelerator's local APICs must know which vectors a userspace IOAPIC delivers as levels, to
 * report their end of interrupt ({@link ExitReason#IOAPIC_EOI}).
 */
public interface IoapicRoutes {
  /** Number of inputs. */
  int PINS = 24;

  /**
   * The message that an input of the IOAPIC sends; called when the guest changes its redirection
   * entry.
   *
   * @param pin 0 to {@link #PINS} - 1
   * @param address as in {@link org.jvmm.core.irq.MsiTarget#send}
   * @param data with bit 15 set for a level; a masked input has 0
   */
  void route(int pin, long address, int data);
}
