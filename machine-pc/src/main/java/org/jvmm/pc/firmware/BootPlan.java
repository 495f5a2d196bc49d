package org.jvmm.pc.firmware;

import org.jvmm.devices.rtc.PcCmos;

/**
 * What the firmware boots from, as QEMU's {@code -boot} has it.
 *
 * @param order up to three of {@code a} and {@code b} (floppy), {@code c} (disk), {@code d}
 *     (CD-ROM), {@code n} (network); each at most once
 * @param menu whether a key brings up a menu
 * @param menuWait milliseconds that it waits for the key, 0 to 65535, or {@link #FIRMWARES_OWN}
 * @param retryWait milliseconds before the next try when nothing boots, or {@link #FIRMWARES_OWN}
 *     for no further try
 */
public record BootPlan(String order, boolean menu, int menuWait, int retryWait) {
  /** A time that is left to the firmware. */
  public static final int FIRMWARES_OWN = -1;

  /** As many devices as CMOS RAM has room for. */
  private static final int MOST = 3;

  /** Disk, floppy, CD-ROM; no menu. */
  public static final BootPlan USUAL = new BootPlan("cad", false, FIRMWARES_OWN, FIRMWARES_OWN);

  public BootPlan {
    if (!isOrder(order)) {
      throw new IllegalArgumentException("boot order " + order);
    }
  }

  /** Whether a text is an order. */
  public static boolean isOrder(String text) {
    return text.matches("[a-dn]{0," + MOST + "}")
        && text.chars().distinct().count() == text.length();
  }

  /** The same with another order. */
  public BootPlan withOrder(String newOrder) {
    return new BootPlan(newOrder, menu, menuWait, retryWait);
  }

  /**
   * The device at a place of the order, as CMOS RAM names it; 0 for none.
   *
   * @param index from 0
   */
  public int cmosDevice(int index) {
    return index >= order.length()
        ? 0
        : switch (order.charAt(index)) {
          case 'a', 'b' -> PcCmos.BOOT_FLOPPY;
          case 'c' -> PcCmos.BOOT_DISK;
          case 'd' -> PcCmos.BOOT_CD;
          default -> PcCmos.BOOT_NETWORK;
        };
  }
}
