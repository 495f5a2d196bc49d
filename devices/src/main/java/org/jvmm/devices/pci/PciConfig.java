package org.jvmm.devices.pci;

/** Offsets and bits of the configuration space (PCI 3.0 chapter 6), for devices and boards. */
public final class PciConfig {
  /** Size of a function's configuration space. */
  public static final int SIZE = 256;

  /** Type 0 header (figure 6-1). */
  public static final int VENDOR_ID = 0x00,
      DEVICE_ID = 0x02,
      COMMAND = 0x04,
      STATUS = 0x06,
      REVISION_ID = 0x08,
      CLASS_CODE = 0x09,
      CACHE_LINE_SIZE = 0x0C,
      LATENCY_TIMER = 0x0D,
      HEADER_TYPE = 0x0E,
      BAR0 = 0x10,
      SUBSYSTEM_VENDOR_ID = 0x2C,
      SUBSYSTEM_ID = 0x2E,
      EXPANSION_ROM = 0x30,
      CAPABILITIES = 0x34,
      INTERRUPT_LINE = 0x3C,
      INTERRUPT_PIN = 0x3D,
      DEVICE_SPECIFIC = 0x40;

  /** Number of base address registers of a type 0 header. */
  public static final int BARS = 6;

  /** Command register (table 6-1). */
  public static final class Command {
    public static final int IO = 1, MEMORY = 1 << 1, BUS_MASTER = 1 << 2;
    public static final int SERR = 1 << 8, INTERRUPT_DISABLE = 1 << 10;

    private Command() {}
  }

  /** Status register (table 6-2). */
  public static final class Status {
    public static final int INTERRUPT = 1 << 3, CAPABILITIES = 1 << 4, FAST_BACK_TO_BACK = 1 << 7;
    public static final int MEDIUM_DEVSEL = 1 << 9;

    /** The error bits, which writing ones clears. */
    public static final int ERRORS = 0xF900;

    private Status() {}
  }

  /** Header type: the slot has further functions. */
  public static final int MULTI_FUNCTION = 1 << 7;

  /** Lowest bits of base address registers (section 6.2.5.1). */
  public static final int BAR_IO = 1, BAR_64_BIT = 1 << 2, BAR_PREFETCHABLE = 1 << 3;

  /** Expansion ROM base address: decoding is on. */
  public static final int ROM_ENABLE = 1;

  /** Offset of a base address register. */
  public static int bar(int index) {
    return BAR0 + 4 * index;
  }

  private PciConfig() {}
}
