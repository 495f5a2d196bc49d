package org.jvmm.pc.acpi;

/** The host bridge of a PCI bus in the DSDT. */
public final class PciRootBridge {
  /** CONFIG_ADDRESS and CONFIG_DATA (PCI 2.1 section 3.7.4.1). */
  private static final int CONFIG_PORTS = 0xCF8;

  private static final long VGA_WINDOW = 0xA_0000, VGA_WINDOW_LAST = 0xB_FFFF;

  private PciRootBridge() {}

  /**
   * Device \_SB.PCI0.
   *
   * @param hole first address of the window for memory BARs
   * @param holeLast its last address, below 4 GiB
   * @param children AML inside: _PRT, the ISA bridge, hot-plug
   */
  public static byte[] aml(long hole, long holeLast, byte[]... children) {
    return Aml.device(
        "PCI0",
        Aml.name("_HID", Aml.eisaId("PNP0A03")),
        Aml.name("_UID", Aml.integer(0)),
        Aml.name(
            "_CRS",
            Aml.resources(
                AmlResource.busWindow(0, 0xFF),
                AmlResource.io(CONFIG_PORTS, 8),
                AmlResource.ioWindow(0, CONFIG_PORTS - 1),
                AmlResource.ioWindow(CONFIG_PORTS + 8, 0xFFFF),
                AmlResource.memoryWindow(VGA_WINDOW, VGA_WINDOW_LAST),
                AmlResource.memoryWindow(hole, holeLast))),
        Aml.terms(children));
  }
}
