package org.jvmm.pc;

import java.util.List;
import java.util.Set;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.run.Buses;
import org.jvmm.devices.acpi.AcpiPm;
import org.jvmm.devices.i440fx.HostBridge;
import org.jvmm.devices.i440fx.ShadowMemory;
import org.jvmm.devices.pci.ConfigMechanism;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.piix.IsaBridge;
import org.jvmm.devices.piix.PowerManagement;
import org.jvmm.devices.piix.SmbusHost;
import org.jvmm.devices.reset.ResetControl;
import org.jvmm.pc.acpi.PciInterruptLinks;
import org.jvmm.pc.acpi.PciRootBridge;
import org.jvmm.pc.boot.PcMemoryLayout;

/**
 * 440FX and PIIX: the PCI bus with its bridges, as in QEMU's pc. Slot 0 has the host bridge, slot 1
 * the PIIX: ISA bridge, IDE, (USB,) power management.
 */
final class PciChipset implements Resettable {
  /** The PIIX's slot, and its functions. */
  static final int PIIX_SLOT = 1, IDE_FUNCTION = 1, PM_FUNCTION = 3;

  /** The interrupts that PCI may get, and the one that each of the wires does get. */
  private static final Set<Integer> IRQS = Set.of(5, 10, 11);

  private static final int[] PIRQ_IRQS = {10, 10, 11, 11};

  private final PciBus bus;
  private final IsaBridge isa;
  private final HostBridge host;
  private PowerManagement power;
  private ConfigMechanism mechanism;

  /** The bus and its bridges. */
  PciChipset(Buses buses, MemoryMap map, ShadowMemory shadow, Interrupts interrupts) {
    isa = new IsaBridge(interrupts::gsi);
    bus =
        new PciBus(
            new MovableWindows(buses.ports(), buses.mmio(), map),
            (slot, pin) -> isa.pirq(pirq(slot, pin)),
            interrupts.msi());
    host = new HostBridge(bus, shadow);
    isa.plug(bus, PIIX_SLOT);
    buses.mmio().attach("shadow", ShadowMemory.START, ShadowMemory.SIZE, 8, shadow);
  }

  /** Which of the wires A to D a slot's pin is soldered to: the next slot starts with the next. */
  private static int pirq(int slot, int pin) {
    return slot + pin - 2 & IsaBridge.PIRQS - 1;
  }

  /** The bus, for the devices in its slots. */
  PciBus bus() {
    return bus;
  }

  /** Adds the power management function, and configuration mechanism 1. */
  void wirePower(Buses buses, AcpiPm pm, ResetControl reset) {
    power = new PowerManagement(bus, PIIX_SLOT, PM_FUNCTION, pm, new SmbusHost());
    mechanism = new ConfigMechanism(bus, reset);
    buses.ports().attach("pci-config", IsaPort.PCI_CONFIG, ConfigMechanism.PORTS, 4, mechanism);
  }

  /** The configuration mechanism, and everything on the bus. */
  @Override
  public void reset() {
    mechanism.reset();
    bus.reset();
  }

  /**
   * Does what firmware does before it starts an operating system, when there is none: RAM up to 1
   * MiB, power management ports, interrupts and addresses of everything in the slots.
   */
  void setUp(PcMemoryLayout layout) {
    PciFunction bridge = host.pci();
    for (int pam = 0; pam < HostBridge.PAMS; pam++) {
      bridge.write(HostBridge.PAM0 + pam, 1, HostBridge.ALL_RAM);
    }
    for (int pirq = 0; pirq < IsaBridge.PIRQS; pirq++) {
      bus.write(PIIX_SLOT * PciBus.FUNCTIONS, IsaBridge.PIRQRC + pirq, 1, PIRQ_IRQS[pirq]);
    }
    power.pci().write(PowerManagement.PMBASE, 4, IsaPort.ACPI_PM);
    power.pci().write(PowerManagement.PMREGMISC, 1, PowerManagement.PMIOSE);
    power.pci().write(PowerManagement.SMBBASE, 4, IsaPort.SMBUS);
    power.pci().write(PowerManagement.SMBHSTCFG, 1, PowerManagement.SMB_HST_EN);
    PciSetup setup = new PciSetup(bus, layout.pciHole(), layout.highRamEnd());
    setup.assign((slot, pin) -> PIRQ_IRQS[pirq(slot, pin)]);
    power.pci().write(PciConfig.INTERRUPT_LINE, 1, IsaIrq.SCI);
  }

  /** ISA interrupts that are level-triggered because PCI uses them. */
  Set<Integer> levelIrqs() {
    return IRQS;
  }

  /** The bus in the DSDT. */
  List<byte[]> aml(PcMemoryLayout layout) {
    PciInterruptLinks links =
        new PciInterruptLinks(PIIX_SLOT, IsaBridge.PIRQRC, IRQS, PciChipset::pirq);
    return List.of(
        PciRootBridge.aml(
            layout.pciHole(), PcMemoryLayout.IO_APIC - 1, links.router(), links.table()),
        links.links());
  }
}
