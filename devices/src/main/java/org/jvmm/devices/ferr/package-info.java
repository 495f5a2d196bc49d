/**
 * The coprocessor error logic of a PC (82371SB PIIX3, "coprocessor error register", port 0xf0):
 * FERR# of the processor becomes IRQ 13.
 *
 * <p>Not emulated: IGNNE#. A processor that runs on with an exception pending, as the one in Java
 * does, has no use for it.
 */
package org.jvmm.devices.ferr;
