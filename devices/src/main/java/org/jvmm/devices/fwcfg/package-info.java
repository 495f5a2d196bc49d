/**
 * The firmware configuration device that QEMU made known (its docs/specs/fw_cfg): items that the
 * firmware reads by key, a directory of named ones, and a DMA interface beside the data port.
 *
 * <p>Not emulated: items that the guest may write; a write through DMA sets the error bit.
 */
package org.jvmm.devices.fwcfg;
