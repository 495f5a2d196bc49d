/**
 * The local APIC (Intel SDM volume 3 chapter 11, "Advanced Programmable Interrupt Controller") in
 * xAPIC and x2APIC mode, and the bus over which several of them and the I/O APIC speak.
 *
 * <p>Lock order, outermost first: a device; the 8259 pair or the I/O APIC; one local APIC's lock;
 * the clock and the vCPU's pins. Whoever holds a local APIC's lock calls neither {@link
 * org.jvmm.devices.lapic.ApicBus} nor an 8259 or I/O APIC, so interprocessor interrupts may cross.
 *
 * <p>Not emulated: SMIs, focus processor checking, the APR and RRD registers, sources for the
 * thermal and performance counter entries, the CMCI entry.
 */
package org.jvmm.devices.lapic;
