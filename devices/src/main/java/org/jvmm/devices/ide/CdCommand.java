package org.jvmm.devices.ide;

/** Operation codes of packets (MMC-5, SPC-3). */
final class CdCommand {
  static final int TEST_UNIT_READY = 0x00, REQUEST_SENSE = 0x03, INQUIRY = 0x12;
  static final int MODE_SENSE_6 = 0x1a, START_STOP_UNIT = 0x1b, PREVENT_ALLOW = 0x1e;
  static final int READ_CAPACITY = 0x25, READ_10 = 0x28, SEEK_10 = 0x2b;
  static final int READ_SUB_CHANNEL = 0x42, READ_TOC = 0x43, GET_CONFIGURATION = 0x46;
  static final int GET_EVENT_STATUS_NOTIFICATION = 0x4a, READ_DISC_INFORMATION = 0x51;
  static final int READ_TRACK_INFORMATION = 0x52, MODE_SENSE_10 = 0x5a, READ_12 = 0xa8;
  static final int SET_CD_SPEED = 0xbb, MECHANISM_STATUS = 0xbd, READ_CD = 0xbe;

  private CdCommand() {}

  /**
   * Whether a command is carried out although a unit attention is pending (SPC-3 section 5.8.7).
   */
  static boolean ignoresAttention(int code) {
    return code == INQUIRY
        || code == REQUEST_SENSE
        || code == GET_CONFIGURATION
        || code == GET_EVENT_STATUS_NOTIFICATION;
  }

  /** Whether a command needs a medium. */
  static boolean needsMedium(int code) {
    return switch (code) {
      case TEST_UNIT_READY,
          READ_CAPACITY,
          READ_10,
          READ_12,
          READ_CD,
          SEEK_10,
          READ_SUB_CHANNEL,
          READ_TOC,
          READ_DISC_INFORMATION,
          READ_TRACK_INFORMATION ->
          true;
      default -> false;
    };
  }
}
