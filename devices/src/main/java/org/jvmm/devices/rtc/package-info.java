/**
 * MC146818A real-time clock plus RAM (Motorola, 1988), as the PC/AT wires it: index and NMI mask on
 * port 0x70, data on 0x71, 128 bytes, IRQ 8.
 *
 * <p>Beyond the datasheet the century byte 0x32 counts along, as in the chips of ACPI times, and
 * leap years follow the Gregorian calendar. Not emulated: daylight saving (DSE), the square wave,
 * crystals other than 32.768 kHz. Values that are no time of day are normalised at the next update.
 */
package org.jvmm.devices.rtc;
