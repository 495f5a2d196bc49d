package org.jvmm.devices.fwcfg;

/** Keys of the items that have a fixed one. */
public final class FwCfgKey {
  /** "QEMU", and the interfaces that there are. Both are the device's own. */
  static final int SIGNATURE = 0x00, ID = 0x01;

  /** The machine's UUID, 16 bytes. */
  public static final int UUID = 0x02;

  /** Bytes of RAM, 8 bytes; whether there is no display, and the number of vCPUs, 2 bytes each. */
  public static final int RAM_SIZE = 0x03, NOGRAPHIC = 0x04, NB_CPUS = 0x05;

  /** Number of NUMA nodes, 8 bytes, and where their memory and vCPUs are. */
  public static final int NUMA = 0x0d;

  /** Whether the boot menu is offered, and one more than the highest APIC id, 2 bytes each. */
  public static final int BOOT_MENU = 0x0e, MAX_CPUS = 0x0f;

  /** A Linux kernel's protected-mode part. */
  public static final int KERNEL_ADDR = 0x07, KERNEL_SIZE = 0x08, KERNEL_DATA = 0x11;

  /** Its initrd. */
  public static final int INITRD_ADDR = 0x0a, INITRD_SIZE = 0x0b, INITRD_DATA = 0x12;

  /** Its command line, with the terminating zero. */
  public static final int CMDLINE_ADDR = 0x13, CMDLINE_SIZE = 0x14, CMDLINE_DATA = 0x15;

  /** Its real-mode part. */
  public static final int SETUP_ADDR = 0x16, SETUP_SIZE = 0x17, SETUP_DATA = 0x18;

  /** The directory of named items, the device's own, and the key of the first of them. */
  static final int FILE_DIR = 0x19, FILE_FIRST = 0x20;

  /** Bit of keys whose meaning is the architecture's. */
  static final int ARCH_LOCAL = 0x8000;

  /** Once the bit of keys to be written; without a meaning now. */
  static final int WRITE_CHANNEL = 0x4000;

  /** Whether IRQ 0 reaches the IOAPIC at pin 2, 4 bytes. */
  public static final int IRQ0_OVERRIDE = ARCH_LOCAL | 2;

  private FwCfgKey() {}
}
