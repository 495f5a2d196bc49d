package org.jvmm.devices.pci;

import org.jvmm.core.irq.MsiTarget;

/** The MSI capability of one function (PCI 3.0 section 6.8.1), as a view of its registers. */
final class Msi {
  /** Bytes of the capability with 64-bit address and per-vector mask. */
  static final int SIZE = 24;

  private static final int CONTROL = 2, ADDRESS = 4, UPPER_ADDRESS = 8, DATA = 12;
  private static final int MASK = 16, PENDING = 20;
  private static final int ENABLE = 1, CAPABLE_SHIFT = 1, ENABLED_SHIFT = 4, COUNT = 7;
  private static final int IS_64_BIT = 1 << 7, PER_VECTOR_MASK = 1 << 8;

  private final PciRegisters registers;
  private final int at;
  private final MsiTarget target;

  Msi(PciRegisters registers, int at, MsiTarget target) {
    this.registers = registers;
    this.at = at;
    this.target = target;
  }

  static void describe(PciSpec spec, int at, int vectors) {
    int capable = Integer.numberOfTrailingZeros(vectors) << CAPABLE_SHIFT;
    spec.register(
        at + CONTROL, 2, capable | IS_64_BIT | PER_VECTOR_MASK, COUNT << ENABLED_SHIFT | ENABLE);
    spec.register(at + ADDRESS, 4, 0, ~3);
    spec.register(at + UPPER_ADDRESS, 4, 0, -1);
    spec.register(at + DATA, 2, 0, 0xFFFF);
    spec.register(at + MASK, 4, 0, vectors == 32 ? -1 : (1 << vectors) - 1);
  }

  boolean enabled() {
    return (registers.get(at + CONTROL, 1) & ENABLE) != 0;
  }

  /** Sends a message, or notes it as pending while it is masked. */
  void send(int vector) {
    if (!enabled()) {
      return;
    }
    int bit = 1 << vector;
    if ((registers.get(at + MASK, 4) & bit) != 0) {
      registers.set(at + PENDING, 4, registers.get(at + PENDING, 4) | bit);
      return;
    }
    int enabledShift = registers.get(at + CONTROL, 1) >> ENABLED_SHIFT & COUNT;
    int vectorBits = (1 << Math.min(enabledShift, 5)) - 1;
    long address =
        registers.get(at + ADDRESS, 4) & 0xFFFF_FFFFL
            | (long) registers.get(at + UPPER_ADDRESS, 4) << 32;
    target.send(address, registers.get(at + DATA, 2) & ~vectorBits | vector & vectorBits);
  }

  /** After a write: sends what is pending and no longer masked. */
  void unmask() {
    int pending = registers.get(at + PENDING, 4);
    int ready = enabled() ? pending & ~registers.get(at + MASK, 4) : 0;
    if (ready == 0) {
      return;
    }
    registers.set(at + PENDING, 4, pending & ~ready);
    for (int vector = 0; vector < 32; vector++) {
      if ((ready >> vector & 1) != 0) {
        send(vector);
      }
    }
  }
}
