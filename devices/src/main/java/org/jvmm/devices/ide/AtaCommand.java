package org.jvmm.devices.ide;

/** Command codes (ATA/ATAPI-7 volume 1 section 6); obsolete ones under their older names. */
final class AtaCommand {
  static final int NOP = 0x00, DATA_SET_MANAGEMENT = 0x06, DEVICE_RESET = 0x08;
  static final int RECALIBRATE = 0x10, READ_SECTORS = 0x20, READ_SECTORS_NO_RETRY = 0x21;
  static final int READ_SECTORS_EXT = 0x24, READ_DMA_EXT = 0x25, READ_NATIVE_MAX_EXT = 0x27;
  static final int READ_MULTIPLE_EXT = 0x29, WRITE_SECTORS = 0x30, WRITE_SECTORS_NO_RETRY = 0x31;
  static final int WRITE_SECTORS_EXT = 0x34, WRITE_DMA_EXT = 0x35, WRITE_MULTIPLE_EXT = 0x39;
  static final int WRITE_VERIFY = 0x3c, READ_VERIFY = 0x40, READ_VERIFY_NO_RETRY = 0x41;
  static final int READ_VERIFY_EXT = 0x42, SEEK = 0x70, INITIALIZE_DEVICE_PARAMETERS = 0x91;

  /** The power commands have a second, older code each. */
  static final int STANDBY_IMMEDIATE_OLD = 0x94, IDLE_IMMEDIATE_OLD = 0x95, STANDBY_OLD = 0x96;

  static final int IDLE_OLD = 0x97, CHECK_POWER_MODE_OLD = 0x98, SLEEP_OLD = 0x99;
  static final int PACKET = 0xa0, IDENTIFY_PACKET_DEVICE = 0xa1, SMART = 0xb0;
  static final int READ_MULTIPLE = 0xc4, WRITE_MULTIPLE = 0xc5, SET_MULTIPLE_MODE = 0xc6;
  static final int READ_DMA = 0xc8, READ_DMA_NO_RETRY = 0xc9, WRITE_DMA = 0xca;
  static final int WRITE_DMA_NO_RETRY = 0xcb, STANDBY_IMMEDIATE = 0xe0, IDLE_IMMEDIATE = 0xe1;
  static final int STANDBY = 0xe2, IDLE = 0xe3, CHECK_POWER_MODE = 0xe5, SLEEP = 0xe6;
  static final int FLUSH_CACHE = 0xe7, FLUSH_CACHE_EXT = 0xea, IDENTIFY_DEVICE = 0xec;
  static final int SET_FEATURES = 0xef, READ_NATIVE_MAX = 0xf8;

  private AtaCommand() {}
}
