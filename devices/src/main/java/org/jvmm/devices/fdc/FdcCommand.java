package org.jvmm.devices.fdc;

/** The commands (82077AA, command set), each with what its first byte may vary in. */
enum FdcCommand {
  READ_TRACK(0x02, FdcCommand.MFM, 8),
  SPECIFY(0x03, 0, 2),
  SENSE_DRIVE_STATUS(0x04, 0, 1),
  WRITE_DATA(0x05, FdcCommand.MT | FdcCommand.MFM, 8),
  READ_DATA(0x06, FdcCommand.MT | FdcCommand.MFM | FdcCommand.SK, 8),
  RECALIBRATE(0x07, 0, 1),
  SENSE_INTERRUPT_STATUS(0x08, 0, 0),
  WRITE_DELETED_DATA(0x09, FdcCommand.MT | FdcCommand.MFM, 8),
  READ_ID(0x0A, FdcCommand.MFM, 1),
  READ_DELETED_DATA(0x0C, FdcCommand.MT | FdcCommand.MFM | FdcCommand.SK, 8),
  FORMAT_TRACK(0x0D, FdcCommand.MFM, 5),
  DUMPREG(0x0E, 0, 0),
  SEEK(0x0F, 0, 2),
  VERSION(0x10, 0, 0),
  PERPENDICULAR_MODE(0x12, 0, 1),
  CONFIGURE(0x13, 0, 3),
  LOCK(0x14, FdcCommand.LOCK_BIT, 0),
  VERIFY(0x16, FdcCommand.MT | FdcCommand.MFM | FdcCommand.SK, 8),
  RELATIVE_SEEK(0x8F, FdcCommand.INWARD, 2),
  INVALID(0, 0, 0);

  /** Both heads, double density, skipping of marked sectors. */
  static final int MT = 0x80, MFM = 0x40, SK = 0x20;

  /** LOCK: on, not off; RELATIVE SEEK: to higher cylinders. */
  static final int LOCK_BIT = 0x80, INWARD = 0x40;

  private static final FdcCommand[] BY_FIRST_BYTE = byFirstByte();

  /** How many bytes follow the first one. */
  final int parameters;

  private final int code;
  private final int varying;

  FdcCommand(int code, int varying, int parameters) {
    this.code = code;
    this.varying = varying;
    this.parameters = parameters;
  }

  private static FdcCommand[] byFirstByte() {
    FdcCommand[] table = new FdcCommand[256];
    for (int first = 0; first < table.length; first++) {
      table[first] = INVALID;
      for (FdcCommand command : values()) {
        if (command != INVALID && (first & ~command.varying) == command.code) {
          table[first] = command;
        }
      }
    }
    return table;
  }

  /** The command that a byte begins. */
  static FdcCommand of(int first) {
    return BY_FIRST_BYTE[first];
  }
}
