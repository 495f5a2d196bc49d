/**
 * The I/O APIC (Intel 82093AA datasheet, order 290566-001), with the EOI register that version 0x20
 * added (ICH2 datasheet 82801BA section 9.5.6).
 *
 * <p>Not emulated: the polarity bit (an {@link org.jvmm.core.irq.IrqLine} is high when it asserts),
 * SMI, the arbitration register beyond its value.
 */
package org.jvmm.devices.ioapic;
