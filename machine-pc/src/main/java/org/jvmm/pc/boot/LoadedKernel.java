package org.jvmm.pc.boot;

/**
 * How a kernel was loaded, for verbose output and tests.
 *
 * @param method file format, compression and entry, such as {@code "bzImage, xz payload, ELF64
 *     entry"}
 * @param entry guest-physical address that vCPU 0 starts at
 * @param kernelEnd one past the kernel's highest byte
 * @param initrd address of the initrd, or 0
 * @param initrdSize bytes of the initrd, or 0
 */
public record LoadedKernel(
    String method, long entry, long kernelEnd, long initrd, long initrdSize) {}
