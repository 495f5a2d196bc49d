/**
 * VirtualBox's VDI, version 1.1, after the header definitions of the VirtualBox sources
 * (VDICore.h): dynamic and static images, read, written and made. Differencing and undo images are
 * refused.
 */
package org.jvmm.block.vdi;
