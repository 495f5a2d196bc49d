package org.jvmm.devices.ide;

/**
 * The names by which a drive introduces itself; ASCII, longer ones are cut.
 *
 * @param serial up to 20 characters
 * @param firmware up to 8 characters
 * @param model up to 40 characters
 */
public record DriveIdentity(String serial, String firmware, String model) {
  /** What is shown when the user gives nothing else. */
  public static final String FIRMWARE = "0.1",
      DISK_MODEL = "jvmm HARDDISK",
      CD_MODEL = "jvmm DVD-ROM";
}
