/**
 * Small paravirtual ports for test kernels and firmware, as QEMU made them known: isa-debug-exit,
 * the debug console of Bochs (port 0xe9), POST codes (port 0x80), pvpanic (QEMU's
 * docs/specs/pvpanic).
 *
 * <p>Not emulated: the DMA page registers beside port 0x80; they are the DMA controller's.
 */
package org.jvmm.devices.debug;
