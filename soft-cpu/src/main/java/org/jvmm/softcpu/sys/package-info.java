/** Segmentation, control registers, exceptions: the system architecture. */
package org.jvmm.softcpu.sys;
