/**
 * Microsoft's VHDX, after the open specification [MS-VHDX], for reading: dynamic and fixed disks
 * whose log is empty. Differencing disks are refused.
 */
package org.jvmm.block.vhdx;
