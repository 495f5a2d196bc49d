/**
 * The 8254 interval timer (Intel 8254 datasheet, order 231164-005) and the NMI status and control
 * register through which a PC gates its counter 2 (82371SB section 2.5.5.1).
 */
package org.jvmm.devices.pit;
