package org.jvmm.devices.ide;

/** Sense data as key, additional code and its qualifier in bits 23:16, 15:8 and 7:0 (SPC-3). */
final class Sense {
  static final int NONE = 0;
  static final int NO_MEDIUM_TRAY_CLOSED = 0x02_3a_01, NO_MEDIUM_TRAY_OPEN = 0x02_3a_02;
  static final int UNRECOVERED_READ = 0x03_11_00;
  static final int INVALID_OPCODE = 0x05_20_00, LBA_OUT_OF_RANGE = 0x05_21_00;
  static final int INVALID_FIELD = 0x05_24_00, SAVING_NOT_SUPPORTED = 0x05_39_00;
  static final int REMOVAL_PREVENTED = 0x05_53_02;
  static final int MEDIUM_CHANGED = 0x06_28_00;

  private Sense() {}

  static int key(int sense) {
    return sense >> 16;
  }
}
