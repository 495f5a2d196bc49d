/**
 * Intel 82441FX (440FX PMC, order 290549): the host bridge with its programmable attribute map and
 * the memory that the map shows.
 *
 * <p>Not emulated: DRAM timing and row boundaries (the registers keep what is written), error
 * reporting, and SMRAM that only system management mode sees: there is no such mode here.
 */
package org.jvmm.devices.i440fx;
