/**
 * Conventional PCI (PCI Local Bus Specification 3.0): a bus, the configuration space of its
 * functions with base address registers, INTx pins and MSI, and configuration mechanism 1.
 *
 * <p>A device describes its function by a {@link org.jvmm.devices.pci.PciSpec}, and gets a {@link
 * org.jvmm.devices.pci.PciFunction} from {@link org.jvmm.devices.pci.PciBus#add}:
 *
 * <pre>{@code
 * PciFunction pci = bus.add(slot, 0,
 *     new PciSpec("ne2000", 0x10EC, 0x8029).classCode(0x020000).interruptPin(1).ioBar(0, 32, 4, this));
 * pci.intx().set(true);
 * }</pre>
 *
 * <p>Lock order: the configuration mechanism, a device, its function, the {@link
 * org.jvmm.devices.pci.MovableWindows}, then buses, memory map and interrupt controllers. A
 * function calls its device's {@link org.jvmm.devices.pci.PciSpec.ConfigListener} with no monitor
 * of its own.
 *
 * <p>Not emulated: bridges to other buses, parity, SERR#, cacheable and locked cycles.
 */
package org.jvmm.devices.pci;
