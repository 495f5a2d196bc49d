package org.jvmm.pc.acpi;

import java.util.List;

/**
 * A device that no bus can discover, as the DSDT names it.
 *
 * @param name four characters, unique under \_SB
 * @param hid _HID: "PNP0501"
 * @param uid _UID, unique among devices of one _HID
 * @param resources its {@link AmlResource}s
 * @param more what else it has, as AML
 */
public record AcpiDevice(
    String name, String hid, int uid, List<byte[]> resources, List<byte[]> more) {
  public AcpiDevice {
    resources = List.copyOf(resources);
    more = List.copyOf(more);
  }

  /** A device that has nothing but resources. */
  public AcpiDevice(String name, String hid, int uid, List<byte[]> resources) {
    this(name, hid, uid, resources, List.of());
  }

  /** A 16550A, as COM{@code number}, the first being 1. */
  public static AcpiDevice uart(int number, int port, int irq) {
    return new AcpiDevice(
        "COM" + number, "PNP0501", number, List.of(AmlResource.io(port, 8), AmlResource.irq(irq)));
  }

  /** An AT real-time clock: index and data port. */
  public static AcpiDevice rtc(int port, int irq) {
    return new AcpiDevice(
        "RTC", "PNP0B00", 0, List.of(AmlResource.io(port, 2), AmlResource.irq(irq)));
  }

  /** The keyboard half of an 8042. */
  public static AcpiDevice keyboard(int dataPort, int commandPort, int irq) {
    return new AcpiDevice(
        "KBD",
        HID_KEYBOARD,
        0,
        List.of(AmlResource.io(dataPort, 1), AmlResource.io(commandPort, 1), AmlResource.irq(irq)));
  }

  static final String HID_KEYBOARD = "PNP0303";

  /** The PS/2 mouse of an 8042. */
  public static AcpiDevice mouse(int irq) {
    return new AcpiDevice("MOU", "PNP0F13", 0, List.of(AmlResource.irq(irq)));
  }

  /** pvpanic (QEMU docs/specs/pvpanic.rst). */
  public static AcpiDevice pvpanic(int port) {
    return new AcpiDevice("PEVT", "QEMU0001", 0, List.of(AmlResource.io(port, 1)));
  }

  /** QEMU's firmware configuration device (its docs/specs/fw_cfg). */
  public static AcpiDevice fwCfg(int port, int count) {
    return new AcpiDevice("FWCF", "QEMU0002", 0, List.of(AmlResource.io(port, count)));
  }

  byte[] aml() {
    return Aml.device(
        name,
        Aml.name("_HID", Aml.hardwareId(hid)),
        Aml.name("_UID", Aml.integer(uid)),
        Aml.name("_STA", Aml.integer(0x0F)),
        Aml.name("_CRS", Aml.resources(resources.toArray(new byte[0][]))),
        Aml.terms(more.toArray(new byte[0][])));
  }
}
