/**
 * Devices on PS/2 ports: the enhanced keyboard and the mouse (IBM PS/2 Hardware Interface Technical
 * Reference, 1990; the wheel as Microsoft's IntelliMouse announces it).
 *
 * <p>Bytes pass whole and at once; the serial lines below are not emulated. Also not emulated: scan
 * code sets other than 2, typematic repeat (displays repeat keys themselves), the mouse's sample
 * rate and 2:1 scaling, which are remembered but without effect; lamps.
 */
package org.jvmm.devices.ps2;
