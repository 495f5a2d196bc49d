package org.jvmm.devices.ide;

import java.nio.ByteBuffer;

/**
 * Pages of the SMART feature set for a drive that is in good health (ATA/ATAPI-7 volume 1 section
 * 6.54; the attributes' layout is the vendors' common one).
 */
final class Smart {
  /** Subcommands, in the features register. */
  static final int READ_DATA = 0xd0, READ_THRESHOLDS = 0xd1, ATTRIBUTE_AUTOSAVE = 0xd2;

  static final int SAVE_ATTRIBUTES = 0xd3, EXECUTE_OFFLINE = 0xd4, READ_LOG = 0xd5, ENABLE = 0xd8;
  static final int DISABLE = 0xd9, RETURN_STATUS = 0xda, AUTO_OFFLINE = 0xdb;

  /** What LBA mid and high hold when the drive takes a SMART command, and when it is healthy. */
  static final int KEY = 0xc24f;

  static final int PAGE = 512;

  private static final int LOG_DIRECTORY = 0, SUMMARY_ERROR_LOG = 1, SELF_TEST_LOG = 6;

  /** Identifier, flags and threshold of each attribute; flags: 1 pre-failure, 2 online. */
  private static final int[][] ATTRIBUTES = {
    {1, 3, 6}, // raw read error rate
    {3, 3, 0}, // spin-up time
    {4, 2, 20}, // start/stop count
    {5, 3, 36}, // reallocated sectors
    {9, 3, 0}, // power-on hours
    {12, 3, 0}, // power cycles
  };

  private static final int ATTRIBUTE_LENGTH = 12, HEALTHY = 100;

  private Smart() {}

  static void data(ByteBuffer page, boolean autosave) {
    begin(page);
    for (int i = 0; i < ATTRIBUTES.length; i++) {
      int at = 2 + i * ATTRIBUTE_LENGTH;
      page.put(at, (byte) ATTRIBUTES[i][0]);
      page.putShort(at + 1, (short) ATTRIBUTES[i][1]);
      page.put(at + 3, (byte) HEALTHY);
      page.put(at + 4, (byte) HEALTHY);
    }
    page.put(362, (byte) (autosave ? 0x82 : 0x02)); // offline collection completed
    page.put(367, (byte) 0x13); // immediate offline, auto offline, self-tests
    page.putShort(368, (short) 3); // attributes are saved by power modes and on their own
    page.put(370, (byte) 1); // error log
    page.put(372, (byte) 2); // minutes of the short self-test
    page.put(373, (byte) 54); // minutes of the extended self-test
    seal(page);
  }

  static void thresholds(ByteBuffer page) {
    begin(page);
    for (int i = 0; i < ATTRIBUTES.length; i++) {
      int at = 2 + i * ATTRIBUTE_LENGTH;
      page.put(at, (byte) ATTRIBUTES[i][0]);
      page.put(at + 1, (byte) ATTRIBUTES[i][2]);
    }
    seal(page);
  }

  /**
   * A log that holds no entries.
   *
   * @return false if there is no such log
   */
  static boolean log(ByteBuffer page, int address) {
    IdentifyPage.clear(page, PAGE);
    switch (address) {
      case LOG_DIRECTORY -> {
        page.put(0, (byte) 1);
        page.put(2 * SUMMARY_ERROR_LOG, (byte) 1);
        page.put(2 * SELF_TEST_LOG, (byte) 1);
      }
      case SUMMARY_ERROR_LOG, SELF_TEST_LOG -> {
        page.put(0, (byte) 1);
        seal(page);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void begin(ByteBuffer page) {
    IdentifyPage.clear(page, PAGE);
    page.putShort(0, (short) 0x10); // revision
  }

  /** The last byte makes the sum of all zero. */
  private static void seal(ByteBuffer page) {
    int sum = 0;
    for (int i = 0; i < PAGE - 1; i++) {
      sum += page.get(i);
    }
    page.put(PAGE - 1, (byte) -sum);
  }
}
