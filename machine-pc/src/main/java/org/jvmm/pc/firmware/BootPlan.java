package org.jvmm.pc.firmware;

import java.util.List;
import org.jvmm.devices.rtc.PcCmos;

/**
 * What the firmware boots from, as QEMU's {@code -boot} has it.
 *
 * @param order up to three of {@code a} and {@code b} (floppy), {@code c} (disk), {@code d}
 *     (CD-ROM), {@code n} (network); each at most once
 * @param once the order until the first reset
 * @param menu whether a key brings up a menu
 * @param menuWait milliseconds that it waits for the key, 0 to 65535, or {@link #FIRMWARES_OWN}
 * @param retryWait milliseconds before the next try when nothing boots, or {@link #FIRMWARES_OWN}
 *     for no further try
 * @param first what is tried before the order, by Open Firmware's paths ({@link #idePath}, {@link
 *     #floppyPath})
 * @param anyFloppy whether a floppy disk is booted without the signature of a boot sector too, as
 *     some old systems want it
 */
public record BootPlan(
    String order,
    String once,
    boolean menu,
    int menuWait,
    int retryWait,
    List<String> first,
    boolean anyFloppy) {
  /** In {@link #first}: nothing else is tried. */
  public static final String HALT = "HALT";

  /** A time that is left to the firmware. */
  public static final int FIRMWARES_OWN = -1;

  /** As many devices as CMOS RAM has room for. */
  private static final int MOST = 3;

  /** Disk, floppy, CD-ROM; no menu. */
  public static final BootPlan USUAL =
      new BootPlan("cad", "cad", false, FIRMWARES_OWN, FIRMWARES_OWN);

  public BootPlan {
    first = List.copyOf(first);
    if (!isOrder(order) || !isOrder(once)) {
      throw new IllegalArgumentException("boot order %s, once %s".formatted(order, once));
    }
  }

  /** A plan with an order alone. */
  public BootPlan(String order, String once, boolean menu, int menuWait, int retryWait) {
    this(order, once, menu, menuWait, retryWait, List.of(), false);
  }

  /** Whether a text is an order. */
  public static boolean isOrder(String text) {
    boolean good = text.length() <= MOST;
    for (int i = 0; good && i < text.length(); i++) {
      char device = text.charAt(i);
      good = "abcdn".indexOf(device) >= 0 && text.indexOf(device) == i;
    }
    return good;
  }

  /** The same with another order, from the beginning. */
  public BootPlan withOrder(String newOrder) {
    return new BootPlan(newOrder, newOrder, menu, menuWait, retryWait, first, anyFloppy);
  }

  /** The same with devices that are tried first. */
  public BootPlan withFirst(List<String> paths) {
    return new BootPlan(order, once, menu, menuWait, retryWait, paths, anyFloppy);
  }

  /** The same, booting any floppy disk. */
  public BootPlan withAnyFloppy() {
    return new BootPlan(order, once, menu, menuWait, retryWait, first, true);
  }

  /** What SeaBIOS calls a drive on an IDE channel of the PIIX3. */
  public static String idePath(int channel, int device) {
    return "/pci@i0cf8/ide@1,1/drive@%d/disk@%d".formatted(channel, device);
  }

  /** What SeaBIOS calls a floppy drive. */
  public static String floppyPath(int number) {
    return "/pci@i0cf8/isa@1/fdc@03f0/floppy@%d".formatted(number);
  }

  /** Puts an order into CMOS RAM. */
  public void store(String someOrder, PcCmos cmos) {
    cmos.bootOrder(
        cmosDevice(someOrder, 0), cmosDevice(someOrder, 1), cmosDevice(someOrder, 2), anyFloppy);
  }

  /** The device at a place of an order, as CMOS RAM names it; 0 for none. */
  static int cmosDevice(String order, int index) {
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
