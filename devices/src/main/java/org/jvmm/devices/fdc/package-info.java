/**
 * The floppy controller: an Intel 82077AA (order 290166) as a PC/AT has it, with up to four drives.
 * {@link org.jvmm.devices.fdc.Fdc82077} has the registers, the command and the result phase; {@code
 * SectorTransfer} is the course of a command with data, by DMA or through the FIFO; a {@code
 * FloppyDrive} has a head and perhaps a disk, of a {@link org.jvmm.devices.fdc.FloppyFormat}.
 *
 * <p>The mechanics take no time, the host's I/O as much as it does: the chip is in its execution
 * phase until then. Where QEMU and Bochs are kinder than the chip so are we: the head goes to the
 * cylinder that a command names although no SEEK went before; an empty drive reports a missing
 * address mark at once, where the chip would wait for an index pulse until it is reset.
 *
 * <p>Not emulated: an image holds neither deleted address marks nor sectors of other sizes or
 * numbers than its format has; power-down; precompensation; overrun.
 */
package org.jvmm.devices.fdc;
