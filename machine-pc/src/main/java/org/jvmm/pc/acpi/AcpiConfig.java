package org.jvmm.pc.acpi;

import java.util.List;
import java.util.Set;

/**
 * What the board has wired, as far as ACPI tells it.
 *
 * @param vcpus number of vCPUs; their APIC ids count from 0
 * @param localApic address of the local APICs' page
 * @param ioApic address of the IOAPIC
 * @param power the ports of the power management registers
 * @param levelIrqs ISA interrupts beside the SCI's that PCI uses: level-triggered, active high
 * @param vga whether there is a VGA that may be probed for
 * @param devices devices that no bus can discover
 * @param systemBus further AML for \_SB, such as {@link PciRootBridge#aml}
 * @param ssdts bodies of SSDTs
 */
public record AcpiConfig(
    int vcpus,
    long localApic,
    long ioApic,
    Power power,
    Set<Integer> levelIrqs,
    boolean vga,
    List<AcpiDevice> devices,
    List<byte[]> systemBus,
    List<byte[]> ssdts) {
  public AcpiConfig {
    levelIrqs = Set.copyOf(levelIrqs);
    devices = List.copyOf(devices);
    systemBus = List.copyOf(systemBus);
    ssdts = List.copyOf(ssdts);
  }

  /**
   * The fixed hardware (ACPI 6.5 section 4.8), all in ports. SMI_CMD is 0: the machine is always in
   * ACPI mode, so PM1_CNT.SCI_EN must read 1.
   *
   * @param sci the SCI's ISA interrupt, level-triggered and active high
   * @param pm1aEvent PM1a_EVT_BLK, 4 bytes
   * @param pm1aControl PM1a_CNT_BLK, 2 bytes
   * @param timer PM_TMR_BLK, 24 bits in 4 bytes
   * @param gpe0 GPE0_BLK, or 0
   * @param gpe0Length its bytes
   * @param sleepTypeS5 SLP_TYP that powers off
   * @param resetPort RESET_REG
   * @param resetValue what to write there
   */
  public record Power(
      int sci,
      int pm1aEvent,
      int pm1aControl,
      int timer,
      int gpe0,
      int gpe0Length,
      int sleepTypeS5,
      int resetPort,
      int resetValue) {}
}
