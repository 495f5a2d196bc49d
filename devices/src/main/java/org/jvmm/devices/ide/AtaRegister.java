package org.jvmm.devices.ide;

/** Bits of the task file's registers (ATA/ATAPI-7 volume 2 section 5). */
final class AtaRegister {
  /** Offsets in the command block; FEATURES is ERROR when read, COMMAND is STATUS. */
  static final int DATA = 0, FEATURES = 1, SECTOR_COUNT = 2, LBA_LOW = 3;

  static final int LBA_MID = 4, LBA_HIGH = 5, DEVICE = 6, COMMAND = 7;

  private AtaRegister() {}

  /** Status. */
  static final class Status {
    static final int ERR = 1, DRQ = 1 << 3, DSC = 1 << 4, DRDY = 1 << 6, BSY = 1 << 7;

    /** What the states of a command look like. */
    static final int GOOD = DRDY | DSC, FAILED = DRDY | ERR, BUSY = DRDY | BSY, DATA = GOOD | DRQ;
  }

  /** Error; a drive that passed its diagnostics reads {@link #PASSED}. */
  static final class Err {
    static final int ABRT = 1 << 2, IDNF = 1 << 4, UNC = 1 << 6, PASSED = 1;
  }

  /** Device. */
  static final class Device {
    static final int HEAD = 0xf, DEV = 1 << 4, LBA = 1 << 6, OBSOLETE = 0xa0;
  }

  /** Device control. */
  static final class Control {
    static final int NIEN = 1 << 1, SRST = 1 << 2, HOB = 1 << 7;
  }
}
