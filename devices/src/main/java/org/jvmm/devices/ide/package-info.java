/**
 * The IDE controller of the PIIX3 (82371SB section 2.7) and the drives behind it: two channels of
 * two drives each, disks (ATA/ATAPI-7 volume 1 and 2) and CD-ROMs (PACKET feature set, MMC-5).
 *
 * <p>{@link org.jvmm.devices.ide.IdeChannel} has the ports, the drive selection, the interrupt and,
 * with {@link org.jvmm.devices.ide.BusMaster}, bus-master DMA (SFF-8038i). {@link
 * org.jvmm.devices.ide.Drive} is what both kinds of drive share: task file, data port, DMA, the one
 * request that is with the host. Data passes through a buffer of the drive, so what a reset leaves
 * under way at the host never touches guest memory; a drive stays busy until it is done.
 *
 * <p>Not emulated: overlapped and queued commands, the security, host protected area and streaming
 * feature sets, forced unit access (commands are aborted, and IDENTIFY does not claim them), the
 * timing registers' effect. Channels without any drive answer zeroes as QEMU's do, where a bus with
 * a pull-down on D7 would answer 7Fh.
 */
package org.jvmm.devices.ide;
