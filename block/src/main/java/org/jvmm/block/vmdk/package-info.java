/**
 * VMware's VMDK, after "Virtual Disk Format 5.0": a descriptor and its extents, which are hosted
 * sparse files, flat files, stream-optimized files or nothing but zeroes. Read, written and made,
 * but for stream-optimized ones, which are written once. The formats of ESX (COWD, SESPARSE, raw
 * devices) are refused.
 */
package org.jvmm.block.vmdk;
