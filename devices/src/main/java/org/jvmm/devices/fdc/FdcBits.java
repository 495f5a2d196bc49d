package org.jvmm.devices.fdc;

/** Bits of the registers and of the status bytes (82077AA, status register encoding). */
final class FdcBits {
  private FdcBits() {}

  /** Status register A, as in PS/2 mode. */
  static final class Sra {
    static final int INT_PENDING = 0x80, NO_DRIVE_2 = 0x40, NOT_TRACK_0 = 0x10;
    static final int NO_INDEX = 0x04, NOT_PROTECTED = 0x02;
  }

  /** Status register B, as in PS/2 mode. */
  static final class Srb {
    static final int ONES = 0xC0;
    static final int DRIVE_SHIFT = 5;
  }

  /** Digital output register. */
  static final class Dor {
    static final int DRIVE = 0x03, NOT_RESET = 0x04, DMA_GATE = 0x08;
    static final int MOTOR_SHIFT = 4;
  }

  /** Main status register. */
  static final class Msr {
    static final int RQM = 0x80, DIO = 0x40, NON_DMA = 0x20, CMD_BSY = 0x10;
  }

  /** Data rate select register. */
  static final class Dsr {
    static final int RATE = 0x03, SW_RESET = 0x80;
  }

  /** Digital input register. */
  static final class Dir {
    static final int DSK_CHG = 0x80;
  }

  /** Status register 0. */
  static final class St0 {
    static final int ABNORMAL = 0x40, INVALID = 0x80, READY_CHANGED = 0xC0;
    static final int SEEK_END = 0x20, EQUIPMENT_CHECK = 0x10;
  }

  /** Status register 1. */
  static final class St1 {
    static final int END_OF_CYLINDER = 0x80, DATA_ERROR = 0x20, NO_DATA = 0x04;
    static final int NOT_WRITABLE = 0x02, MISSING_ADDRESS_MARK = 0x01;
  }

  /** Status register 2. */
  static final class St2 {
    static final int CONTROL_MARK = 0x40, DATA_ERROR_IN_DATA = 0x20;
  }

  /** Status register 3. */
  static final class St3 {
    static final int WRITE_PROTECTED = 0x40, ONES = 0x28, TRACK_0 = 0x10;
  }

  /** The byte of drive and head in most commands. */
  static final class Select {
    static final int DRIVE = 0x03, HEAD = 0x04;
  }

  /** CONFIGURE's second byte. */
  static final class Config {
    static final int IMPLIED_SEEK = 0x40, FIFO_OFF = 0x20, NO_POLLING = 0x10;
    static final int ALL = 0x7F;
  }

  /** PERPENDICULAR MODE's byte. */
  static final class Perpendicular {
    static final int OVERWRITE = 0x80, DRIVES = 0x3C, MODE = 0x03;
  }
}
