package org.jvmm.core.accel;

/** Where the interrupt controllers are (QEMU's {@code kernel-irqchip=on|split|off}). */
public enum IrqchipMode {
  /** 8259 pair, IOAPIC, local APICs and the 8254 are the accelerator's. */
  KERNEL,
  /** Local APICs are the accelerator's; 8259, IOAPIC and 8254 are devices of the board. */
  SPLIT,
  /** All are devices of the board. */
  USER
}
