/**
 * NE2000 on PCI: National's network interface controller DP8390D (datasheet TL/F/8582) behind the
 * ports of a Realtek RTL8029AS, as QEMU's ne2k_pci has them. {@link org.jvmm.devices.net.Ne2kPci}
 * is the card: ports, address PROM, interrupt pin; {@code Dp8390} the controller with its receive
 * ring and remote DMA; {@code PacketMemory} what both of its DMA channels see.
 *
 * <p>A frame takes no time on the wire. What the host has for the card waits there while the ring
 * is full, as QEMU does it; the ring overflows by a frame that is larger than all of it. A frame
 * that lacks the padding to 60 bytes gets it. The frame check sequence is right always, and is
 * written to the ring.
 *
 * <p>Not emulated: collisions, alignment and CRC errors; byte order of the 68000 (DCR.BOS), 32-bit
 * addresses (DCR.LAS), FIFO thresholds; automatic transmit disable (TCR.ATD, OFST); the EEPROM and
 * the power modes of the RTL8029AS.
 */
package org.jvmm.devices.net;
