/**
 * A directory of the host as a read-only disk: {@code fat:DIR} is a partitioned disk with a FAT
 * file system (Microsoft's FAT specification 1.03), {@code iso:DIR} a CD-ROM with ISO 9660
 * (ECMA-119), Joliet and Rock Ridge. Names, sizes and times are taken when the disk is opened; the
 * files' bytes are read when the guest reads them.
 */
package org.jvmm.block.dir;
