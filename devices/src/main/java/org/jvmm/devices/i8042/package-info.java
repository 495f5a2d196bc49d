/**
 * The PC's keyboard controller, an 8042 with the firmware of the IBM PS/2 (Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller").
 *
 * <p>Commands are done at once, so the input buffer is never full. Not emulated: the password
 * commands, the test inputs' clock lines, the pulses of output port bits other than reset, active
 * multiplexing for four mice (as on most boards; drivers that look for it find none). A machine
 * without the controller attaches nothing: the ports float, and drivers see that nobody answers.
 */
package org.jvmm.devices.i8042;
