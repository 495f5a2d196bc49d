/**
 * ISA DMA: two Intel 8237A (order 231466) as the PC/AT has them, with page registers (82371SB
 * section 2.4). Peripherals transfer through a {@link org.jvmm.devices.dma.DmaChannel}.
 *
 * <p>Transfers take no time: a peripheral hands over a whole piece, in demand, single and block
 * mode alike. Not emulated, as in the PIIX3: memory to memory, compressed timing, extended write;
 * the signal levels' bits are kept.
 */
package org.jvmm.devices.dma;
