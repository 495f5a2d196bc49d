/**
 * The ways to reset a PC and to open address line 20 that are not the keyboard controller's: the
 * reset control register (82371SB PIIX3, "RC", port 0xcf9) and system control port A (IBM PS/2
 * Hardware Interface Technical Reference, port 0x92).
 *
 * <p>Not emulated: the other bits of port 0x92 (security lock, watchdog, fixed disk light). What a
 * reset resets is the board's business.
 */
package org.jvmm.devices.reset;
