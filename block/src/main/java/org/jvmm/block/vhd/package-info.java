/**
 * Microsoft's VHD, after the "Virtual Hard Disk Image Format Specification" version 1.0: dynamic
 * and fixed disks, read, written and made, with the sizes that QEMU's {@code vpc} gives them.
 * Differencing disks are refused.
 */
package org.jvmm.block.vhd;
