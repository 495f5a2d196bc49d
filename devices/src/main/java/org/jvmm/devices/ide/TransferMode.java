package org.jvmm.devices.ide;

/**
 * The transfer mode that SET FEATURES selects, as the value of its sector count register: a kind in
 * bits 7:3, a number in bits 2:0 (ATA/ATAPI-7 volume 1 table 44). Modes have no effect on speed.
 */
final class TransferMode {
  private static final int PIO_DEFAULT = 0, PIO = 1, MULTIWORD = 4, ULTRA = 8;
  private static final int MAX_PIO = 4, MAX_MULTIWORD = 2, MAX_ULTRA = 5;

  /** Ultra DMA 5, as firmware would select it. */
  static final int INITIAL = ULTRA << 3 | MAX_ULTRA;

  private TransferMode() {}

  static boolean supported(int mode) {
    int number = mode & 7;
    return switch (mode >> 3) {
      case PIO_DEFAULT -> number <= 1;
      case PIO -> number <= MAX_PIO;
      case MULTIWORD -> number <= MAX_MULTIWORD;
      case ULTRA -> number <= MAX_ULTRA;
      default -> false;
    };
  }

  /** What IDENTIFY tells from now on: a PIO mode leaves the DMA mode alone. */
  static int after(int old, int mode) {
    return mode >> 3 >= MULTIWORD ? mode : old;
  }

  /** IDENTIFY word 63: multiword DMA modes supported and selected. */
  static int multiword(int mode) {
    return 7 | selected(mode, MULTIWORD);
  }

  /** IDENTIFY word 88: Ultra DMA modes supported and selected. */
  static int ultra(int mode) {
    return 0x3f | selected(mode, ULTRA);
  }

  private static int selected(int mode, int kind) {
    return mode >> 3 == kind ? 0x100 << (mode & 7) : 0;
  }
}
