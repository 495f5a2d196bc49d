/**
 * The ACPI tables of a machine without firmware, written straight into guest memory.
 *
 * <p>The board fills an {@link org.jvmm.pc.acpi.AcpiConfig} with what it has wired; {@link
 * org.jvmm.pc.acpi.AcpiTables} makes RSDP, XSDT, RSDT, FADT, MADT, FACS, DSDT and SSDTs of it. AML
 * is built by {@link org.jvmm.pc.acpi.Aml}: no compiler, no binary. Section numbers are those of
 * ACPI 6.5.
 */
package org.jvmm.pc.acpi;
