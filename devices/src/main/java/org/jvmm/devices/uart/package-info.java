/**
 * PC16550D Universal Asynchronous Receiver/Transmitter with FIFOs (National Semiconductor, June
 * 1995).
 *
 * <p>Not emulated: parity and framing errors of the line (there is no line noise), word length
 * other than in the timing (characters pass with all 8 bits), DMA signalling (RXRDY, TXRDY), the
 * crystal's choice (1.8432 MHz as in the PC). A break that the guest sends reaches its own receiver
 * in loopback only. CTS, DSR and DCD are asserted always, RI never. The gate that PC boards put
 * behind OUT2 is the board's business; most boards of emulators have none.
 */
package org.jvmm.devices.uart;
