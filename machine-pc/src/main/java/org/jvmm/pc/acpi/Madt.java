package org.jvmm.pc.acpi;

import java.util.TreeSet;

/** Multiple APIC Description Table (ACPI 6.5 section 5.2.12). */
final class Madt {
  private static final int REVISION = 5;
  private static final int PCAT_COMPAT = 1;
  private static final int LOCAL_APIC = 0, IO_APIC = 1, SOURCE_OVERRIDE = 2, LOCAL_APIC_NMI = 4;
  private static final int LOCAL_X2APIC = 9, LOCAL_X2APIC_NMI = 10;
  private static final int ENABLED = 1;

  /** Ids from here on are not an xAPIC's: 255 is its broadcast. */
  private static final int X2APIC_FIRST = 255;

  /** MPS INTI flags: level-triggered, active high. */
  private static final int LEVEL_HIGH = 0x0D;

  private static final int TIMER_IRQ = 0, TIMER_GSI = 2, NMI_LINT = 1;

  private Madt() {}

  static byte[] table(AcpiConfig config) {
    TreeSet<Integer> level = new TreeSet<>(config.levelIrqs());
    level.add(config.power().sci());
    int xapics = Math.min(config.vcpus(), X2APIC_FIRST);
    int x2apics = config.vcpus() - xapics;
    int size =
        8 + 8 * xapics + 16 * x2apics + 12 + 10 * (1 + level.size()) + 6 + (x2apics > 0 ? 12 : 0);
    AcpiTable table = new AcpiTable("APIC", REVISION, size);
    table.u32(config.localApic()).u32(PCAT_COMPAT);
    for (int id = 0; id < xapics; id++) {
      table.u8(LOCAL_APIC).u8(8).u8(id).u8(id).u32(ENABLED);
    }
    for (int id = X2APIC_FIRST; id < config.vcpus(); id++) {
      table.u8(LOCAL_X2APIC).u8(16).u16(0).u32(id).u32(ENABLED).u32(id);
    }
    table.u8(IO_APIC).u8(12).u8(0).u8(0).u32(config.ioApic()).u32(0);
    override(table, TIMER_IRQ, TIMER_GSI, 0);
    for (int irq : level) {
      override(table, irq, irq, LEVEL_HIGH);
    }
    table.u8(LOCAL_APIC_NMI).u8(6).u8(0xFF).u16(0).u8(NMI_LINT);
    if (x2apics > 0) {
      table.u8(LOCAL_X2APIC_NMI).u8(12).u16(0).u32(0xFFFF_FFFFL).u8(NMI_LINT);
    }
    return table.finish();
  }

  private static void override(AcpiTable table, int irq, int gsi, int flags) {
    table.u8(SOURCE_OVERRIDE).u8(10).u8(0).u8(irq).u32(gsi).u16(flags);
  }
}
