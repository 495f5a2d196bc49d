/**
 * Puts a kernel into guest memory and vCPU 0 at its entry, without firmware.
 *
 * <p>{@link org.jvmm.pc.boot.KernelLoader} is the way in: it asks each {@link
 * org.jvmm.pc.boot.BootProtocol} whether it knows the file. Every address that is chosen here
 * stands in {@link org.jvmm.pc.boot.PcMemoryLayout}. Kernel files are hostile input: whatever is
 * wrong with one becomes a {@link org.jvmm.pc.boot.BootException}, in bounded time and memory.
 *
 * <p>Sources: Linux Documentation/arch/x86/boot.rst and zero-page.rst, the ELF specification, Xen's
 * docs/misc/pvh and public/arch-x86/hvm/start_info.h.
 */
package org.jvmm.pc.boot;
