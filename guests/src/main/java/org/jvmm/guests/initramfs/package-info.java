/**
 * The initial file system of a guest: a tree of files in memory, kernel modules with what modprobe
 * needs, and the cpio archive of both. Sources: Documentation/driver-api/early-userspace/
 * buffer-format.rst (cpio newc), modules.dep(5), the Linux module loader for .modinfo.
 */
package org.jvmm.guests.initramfs;
