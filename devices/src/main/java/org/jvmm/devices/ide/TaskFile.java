package org.jvmm.devices.ide;

import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.ide.AtaRegister.Device;

/**
 * The registers of one drive that hold a command's parameters. Each but the device register is two
 * deep: a write pushes the current content down to the previous one, which 48-bit commands use as
 * the high half (ATA/ATAPI-7 volume 1 section 4.14).
 */
final class TaskFile {
  private static final int CHS_SECTORS = 0xff;

  /** Current content in bits 7:0, previous content in bits 15:8. */
  int features, sectorCount, lbaLow, lbaMid, lbaHigh;

  int device;

  /** The registers. */
  record State(int features, int sectorCount, int lbaLow, int lbaMid, int lbaHigh, int device) {}

  void write(int register, int value) {
    switch (register) {
      case AtaRegister.FEATURES -> features = push(features, value);
      case AtaRegister.SECTOR_COUNT -> sectorCount = push(sectorCount, value);
      case AtaRegister.LBA_LOW -> lbaLow = push(lbaLow, value);
      case AtaRegister.LBA_MID -> lbaMid = push(lbaMid, value);
      case AtaRegister.LBA_HIGH -> lbaHigh = push(lbaHigh, value);
      case AtaRegister.DEVICE -> device = value | Device.OBSOLETE;
      default -> throw new AssertionError("register " + register);
    }
  }

  private static int push(int register, int value) {
    return (register << 8 | value) & 0xffff;
  }

  /**
   * Reads what is not the drive's own answer.
   *
   * @param previous whether the previous content is meant (HOB)
   */
  int read(int register, boolean previous) {
    int both =
        switch (register) {
          case AtaRegister.SECTOR_COUNT -> sectorCount;
          case AtaRegister.LBA_LOW -> lbaLow;
          case AtaRegister.LBA_MID -> lbaMid;
          case AtaRegister.LBA_HIGH -> lbaHigh;
          default -> throw new AssertionError("register " + register);
        };
    return (previous ? both >> 8 : both) & 0xff;
  }

  /** What a drive shows after a reset: its kind (ATA/ATAPI-7 volume 1 section 4.17). */
  void signature(int cylinder) {
    sectorCount = 1;
    lbaLow = 1;
    lbaMid = cylinder & 0xff;
    lbaHigh = cylinder >> 8;
    device = device & ~Device.HEAD | Device.OBSOLETE;
  }

  /** Sectors that a 28-bit command asks for, 1 to 256. */
  int count28() {
    int count = sectorCount & 0xff;
    return count == 0 ? 0x100 : count;
  }

  /** Sectors that a 48-bit command asks for, 1 to 65536. */
  int count48() {
    return sectorCount == 0 ? 0x1_0000 : sectorCount;
  }

  /** The address of a 48-bit command. */
  long lba48() {
    long previous = lbaLow >> 8 | lbaMid & 0xff00 | (long) (lbaHigh & 0xff00) << 8;
    return previous << 24 | low24();
  }

  private int low24() {
    return lbaLow & 0xff | (lbaMid & 0xff) << 8 | (lbaHigh & 0xff) << 16;
  }

  /**
   * The address of a 28-bit command, by LBA or by cylinder, head and sector.
   *
   * @return -1 for a sector number that the geometry does not have
   */
  long lba28(int heads, int sectors) {
    int head = device & Device.HEAD;
    if ((device & Device.LBA) != 0) {
      return (long) head << 24 | low24();
    }
    int sector = lbaLow & CHS_SECTORS;
    long cylinder = (lbaHigh & 0xff) << 8 | lbaMid & 0xff;
    if (sector == 0 || sector > sectors || head >= heads) {
      return -1;
    }
    return (cylinder * heads + head) * sectors + sector - 1;
  }

  /** Shows where a command stands, or failed. */
  void address28(long lba, int heads, int sectors) {
    if ((device & Device.LBA) != 0) {
      lbaLow = (int) lba & 0xff;
      lbaMid = (int) (lba >> 8) & 0xff;
      lbaHigh = (int) (lba >> 16) & 0xff;
      device = device & ~Device.HEAD | (int) (lba >> 24) & Device.HEAD;
    } else {
      long cylinder = lba / ((long) heads * sectors);
      lbaLow = (int) (lba % sectors) + 1;
      lbaMid = (int) cylinder & 0xff;
      lbaHigh = (int) (cylinder >> 8) & 0xff;
      device = device & ~Device.HEAD | (int) (lba / sectors % heads) & Device.HEAD;
    }
  }

  /** Shows where a 48-bit command stands, or failed. */
  void address48(long lba) {
    lbaLow = (int) (lba & 0xff | lba >> 24 << 8 & 0xff00);
    lbaMid = (int) (lba >> 8 & 0xff | lba >> 32 << 8 & 0xff00);
    lbaHigh = (int) (lba >> 16 & 0xff | lba >> 40 << 8 & 0xff00);
  }

  State save() {
    return new State(features, sectorCount, lbaLow, lbaMid, lbaHigh, device);
  }

  static void check(StateCheck check, State state) {
    check.bits("features", state.features, 0xffff);
    check.bits("sectorCount", state.sectorCount, 0xffff);
    check.bits("lbaLow", state.lbaLow, 0xffff);
    check.bits("lbaMid", state.lbaMid, 0xffff);
    check.bits("lbaHigh", state.lbaHigh, 0xffff);
    check.bits("device", state.device, 0xff);
  }

  void restore(State state) {
    features = state.features;
    sectorCount = state.sectorCount;
    lbaLow = state.lbaLow;
    lbaMid = state.lbaMid;
    lbaHigh = state.lbaHigh;
    device = state.device;
  }
}
