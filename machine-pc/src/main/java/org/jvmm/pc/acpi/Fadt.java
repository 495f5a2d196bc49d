package org.jvmm.pc.acpi;

/** Fixed ACPI Description Table, version 6.5 (section 5.2.9, table 5.9). */
final class Fadt {
  /** Fields that point to other tables. */
  static final int FIRMWARE_CTRL = 36, DSDT = 40, X_DSDT = 140;

  private static final int SIZE = 276;
  private static final int MAJOR = 6, MINOR = 5;
  private static final int LEGACY_DEVICES = 1, HAS_8042 = 1 << 1, NO_VGA = 1 << 2;

  /** Flags: no fixed sleep button (there is a power button), no RTC wake, a 24-bit timer. */
  private static final int WBINVD = 1, PROC_C1 = 1 << 2, SLP_BUTTON = 1 << 5, FIX_RTC = 1 << 6;

  private static final int RESET_REG_SUP = 1 << 10, PHYSICAL_DESTINATION = 1 << 19;

  /** More vCPUs than xAPIC's flat logical destinations can name. */
  private static final int FLAT_MAX = 8;

  /** Latencies that mean: no C2, no C3. */
  private static final int NO_C2 = 101, NO_C3 = 1001;

  private static final int SYSTEM_IO = 1;
  private static final int PM1_EVT_LEN = 4, PM1_CNT_LEN = 2, PM_TMR_LEN = 4;

  private Fadt() {}

  static byte[] table(AcpiConfig config, int facs, int dsdt) {
    AcpiConfig.Power power = config.power();
    AcpiTable table = new AcpiTable("FACP", MAJOR, SIZE - AcpiTable.HEADER);
    table.at(FIRMWARE_CTRL).u32(facs).u32(dsdt);
    table.at(46).u16(power.sci());
    table.at(56).u32(power.pm1aEvent());
    table.at(64).u32(power.pm1aControl());
    table.at(76).u32(power.timer()).u32(power.gpe0());
    table.at(88).u8(PM1_EVT_LEN).u8(PM1_CNT_LEN);
    table.at(91).u8(PM_TMR_LEN).u8(power.gpe0() == 0 ? 0 : power.gpe0Length());
    table.at(96).u16(NO_C2).u16(NO_C3);
    table.at(109).u16(bootArchitecture(config));
    table.at(112).u32(flags(config));
    port(table.at(116), power.resetPort(), 1).u8(power.resetValue());
    table.at(131).u8(MINOR);
    // X_FIRMWARE_CTRL stays 0: the FACS is below 4 GiB, and only one of the two may be set.
    table.at(X_DSDT).u64(dsdt);
    port(table.at(148), power.pm1aEvent(), PM1_EVT_LEN);
    port(table.at(172), power.pm1aControl(), PM1_CNT_LEN);
    port(table.at(208), power.timer(), PM_TMR_LEN);
    if (power.gpe0() != 0) {
      port(table.at(220), power.gpe0(), power.gpe0Length());
    }
    table.at(268).ascii("JVMM");
    return table.finish();
  }

  private static int bootArchitecture(AcpiConfig config) {
    boolean has8042 = false;
    for (AcpiDevice device : config.devices()) {
      has8042 |= device.hid().equals(AcpiDevice.HID_KEYBOARD);
    }
    return LEGACY_DEVICES | (has8042 ? HAS_8042 : 0) | (config.vga() ? 0 : NO_VGA);
  }

  private static int flags(AcpiConfig config) {
    return WBINVD
        | PROC_C1
        | SLP_BUTTON
        | FIX_RTC
        | RESET_REG_SUP
        | (config.vcpus() > FLAT_MAX ? PHYSICAL_DESTINATION : 0);
  }

  /** A Generic Address Structure (section 5.2.3.2); access size 0 leaves it to the register. */
  private static AcpiTable port(AcpiTable table, int port, int length) {
    int access = length == 1 ? 1 : 0;
    return table.u8(SYSTEM_IO).u8(length * 8).u8(0).u8(access).u64(port);
  }
}
