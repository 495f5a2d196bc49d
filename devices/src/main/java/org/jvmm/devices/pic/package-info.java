/**
 * The 8259A interrupt controllers of a PC (Intel 8259A datasheet, order 231468-003) as the PIIX3
 * pairs them, with its edge/level control registers (82371SB section 2.5.4).
 *
 * <p>Not emulated: the MCS-80/85 CALL sequence (ICW4.µPM = 0 is taken as 8086 mode) and buffered
 * mode; ICW3 is accepted and ignored, for the cascade is wired.
 */
package org.jvmm.devices.pic;
