package org.jvmm.devices.rtc;

/**
 * Where PC firmware looks for the machine's configuration in CMOS RAM: the PC/AT's places (IBM
 * PC/AT Technical Reference, 1985) and those that SeaBIOS and QEMU added for more memory and a boot
 * order.
 */
public final class PcCmos {
  /** Floppy drive types: drive A in the upper nibble, B in the lower. */
  static final int FLOPPY_TYPES = 0x10;

  static final int EQUIPMENT = 0x14;
  static final int BASE_MEMORY = 0x15;
  static final int EXTENDED_MEMORY = 0x17;
  static final int CHECKSUM_FIRST = 0x10, CHECKSUM_LAST = 0x2d, CHECKSUM = 0x2e;
  static final int EXTENDED_MEMORY_AGAIN = 0x30;
  static final int MEMORY_ABOVE_16M = 0x34;
  static final int BOOT_ORDER_THIRD = 0x38;
  static final int BOOT_ORDER = 0x3d;
  static final int MEMORY_ABOVE_4G = 0x5b;
  static final int EXTRA_CPUS = 0x5f;

  /** A 3.5" 1.44 MB drive. */
  public static final int FLOPPY_1440K = 4;

  /** Boot devices in the nibbles of the boot order. */
  public static final int BOOT_FLOPPY = 1, BOOT_DISK = 2, BOOT_CD = 3, BOOT_NETWORK = 4;

  private static final long KIB = 1024;
  private static final long MIB = KIB * KIB;
  private static final long GIB = KIB * MIB;

  /** Equipment: mouse port and coprocessor. */
  private static final int MOUSE_AND_FPU = 0x06;

  private final Mc146818 rtc;

  public PcCmos(Mc146818 rtc) {
    this.rtc = rtc;
  }

  /**
   * Sizes of RAM.
   *
   * @param below bytes below the PCI hole, from address 0
   * @param above bytes from 4 GiB on
   */
  public void memory(long below, long above) {
    word(BASE_MEMORY, Math.min(640, below / KIB));
    long extended = Math.min(Math.max(below - MIB, 0), 63 * MIB) / KIB;
    word(EXTENDED_MEMORY, extended);
    word(EXTENDED_MEMORY_AGAIN, extended);
    word(
        MEMORY_ABOVE_16M, Math.min(Math.max(below - 16 * MIB, 0), 4 * GIB - 64 * KIB) / (64 * KIB));
    long units = above / (64 * KIB);
    word(MEMORY_ABOVE_4G, units & 0xffff);
    rtc.store(MEMORY_ABOVE_4G + 2, (int) (units >> 16));
    seal();
  }

  /** Number of vCPUs that the firmware waits for. */
  public void cpus(int count) {
    rtc.store(EXTRA_CPUS, count - 1);
  }

  /**
   * Types of the floppy drives; 0 is none.
   *
   * @param driveA 0..15
   * @param driveB 0..15
   */
  public void floppies(int driveA, int driveB) {
    rtc.store(FLOPPY_TYPES, driveA << 4 | driveB);
    int drives = (driveA != 0 ? 1 : 0) + (driveB != 0 ? 1 : 0);
    rtc.store(EQUIPMENT, MOUSE_AND_FPU | (drives > 0 ? 1 | (drives - 1) << 6 : 0));
    seal();
  }

  /**
   * Devices in the order in which the firmware tries them; 0 is none.
   *
   * @param anyFloppy whether a floppy disk is booted without the signature of a boot sector too
   */
  public void bootOrder(int first, int second, int third, boolean anyFloppy) {
    rtc.store(BOOT_ORDER, second << 4 | first);
    rtc.store(BOOT_ORDER_THIRD, third << 4 | (anyFloppy ? 1 : 0));
  }

  private void word(int at, long value) {
    rtc.store(at, (int) value & 0xff);
    rtc.store(at + 1, (int) value >> 8);
  }

  /** The checksum is the sum of the bytes it covers, high byte first. */
  private void seal() {
    int sum = 0;
    for (int at = CHECKSUM_FIRST; at <= CHECKSUM_LAST; at++) {
      sum += rtc.load(at);
    }
    rtc.store(CHECKSUM, sum >> 8);
    rtc.store(CHECKSUM + 1, sum);
  }
}
