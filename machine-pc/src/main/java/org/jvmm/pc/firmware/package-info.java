/**
 * Booting by firmware: the ROM below 4 GiB, and what a BIOS asks fw_cfg for, in the forms that
 * SeaBIOS and its kin expect from QEMU: the machine's size, the memory map, the ACPI tables with
 * the script that places them, SMBIOS, the boot menu, option ROMs, the user's own items.
 */
package org.jvmm.pc.firmware;
