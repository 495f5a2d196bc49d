/**
 * ACPI fixed hardware: the power management I/O block of the 82371AB (PIIX4) datasheet, section
 * 7.2, which follows ACPI section 4.8.
 *
 * <p>Not emulated: SMIs and the legacy registers behind them (PCNTRL and above read zero), the
 * processor's C2 and C3, sleep states other than S5, the bus master and global lock bits, wake by
 * RTC. The reset register of the FADT is {@link org.jvmm.devices.reset.ResetControl}.
 */
package org.jvmm.devices.acpi;
