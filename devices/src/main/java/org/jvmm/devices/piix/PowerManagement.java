package org.jvmm.devices.piix;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig.Status;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;

/**
 * 82371AB function 3: places the power management ports and the SMBus controller's where its base
 * registers say.
 */
public final class PowerManagement {
  /**
   * Power management base, in bits 15:6, and its enable bit's register (sections 7.1.10, 7.1.17).
   */
  public static final int PMBASE = 0x40, PMREGMISC = 0x80, PMIOSE = 1;

  /** SMBus base, in bits 15:4, and its enable bit's register (sections 7.1.19, 7.1.20). */
  public static final int SMBBASE = 0x90, SMBHSTCFG = 0xD2, SMB_HST_EN = 1;

  private static final int VENDOR = 0x8086, DEVICE = 0x7113, REVISION = 3;

  /** Other bridge. */
  private static final int CLASS = 0x068000;

  /**
   * Device activity B: APMC_EN. It is set already, which tells SeaBIOS that there is no system
   * management mode to be set up.
   */
  private static final int DEVACTB = 0x58, APMC_EN = 1 << 25;

  private static final int CNTA = 0x44, GPICTL = 0x4C, DEVRESA = 0x5C, DEVRES_BYTES = 0x24;
  private static final int IO_SPACE = 1;

  private static final int PM_PORTS = 64, PMBASE_MASK = 0xFFC0, SMBBASE_MASK = 0xFFF0;

  // Glue
  private final MovableWindows.Window pmPorts;
  private final MovableWindows.Window smbPorts;
  private final PciFunction pci;

  /** The function on its bus; its interrupt pin is for the SMBus, the SCI is an ISA interrupt. */
  public PowerManagement(
      PciBus bus, int slot, int function, PortDevice powerManagement, SmbusHost smbus) {
    pmPorts = bus.windows().ports("acpi-pm", PM_PORTS, 4, powerManagement);
    smbPorts = bus.windows().ports("smbus", SmbusHost.PORTS, 1, smbus);
    PciSpec spec =
        new PciSpec("piix4-pm", VENDOR, DEVICE)
            .revision(REVISION)
            .classCode(CLASS)
            .command(0, 1)
            .status(Status.FAST_BACK_TO_BACK | Status.MEDIUM_DEVSEL)
            .interruptPin(1)
            .register(PMBASE, 4, IO_SPACE, PMBASE_MASK)
            .register(CNTA, 4, 0, -1)
            .register(GPICTL, 4, 0, -1)
            .register(DEVACTB, 4, APMC_EN, -1)
            .register(PMREGMISC, 1, 0, PMIOSE)
            .register(SMBBASE, 4, IO_SPACE, SMBBASE_MASK)
            .register(SMBHSTCFG, 1, 0, 0x0F)
            .onChange(this::place)
            .onReset(smbus);
    for (int i = 0; i < DEVRES_BYTES; i += 4) {
      spec.register(DEVRESA + i, 4, 0, -1);
    }
    pci = bus.add(slot, function, spec);
  }

  private void place() {
    place(pmPorts, pci.config(PMBASE, 4) & PMBASE_MASK, pci.config(PMREGMISC, 1) & PMIOSE);
    place(smbPorts, pci.config(SMBBASE, 4) & SMBBASE_MASK, pci.config(SMBHSTCFG, 1) & SMB_HST_EN);
  }

  private static void place(MovableWindows.Window window, int base, int enabled) {
    if (enabled != 0 && base != 0) {
      window.place(base);
    } else {
      window.remove();
    }
  }

  /** The configuration space. The SMBus controller is reset with it; the ports have their own. */
  public PciFunction pci() {
    return pci;
  }
}
