package org.jvmm.core.irq;

/**
 * Where message-signalled interrupts go (PCI Local Bus 3.0 section 6.8; SDM vol. 3 section 11.11
 * gives the format).
 */
@FunctionalInterface
public interface MsiTarget {
  /**
   * Delivers one message. Any thread.
   *
   * @param address 0xFEExxxxx: destination and mode
   * @param data vector, delivery mode, trigger mode
   */
  void send(long address, int data);
}
