/**
 * The south bridge of QEMU's pc: Intel 82371SB (PIIX3, order 290550) as ISA bridge with interrupt
 * routing, and function 3 of the 82371AB (PIIX4, order 290562) for power management and SMBus.
 *
 * <p>The bridges' other parts are chips of their own: interrupt controllers, DMA, timer, reset
 * control, IDE. Not emulated: SMI and all that only system management software uses, ISA timing,
 * X-Bus chip selects; their registers keep what is written.
 */
package org.jvmm.devices.piix;
