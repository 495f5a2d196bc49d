package org.jvmm.cli;

import java.util.Set;
import org.jvmm.cli.DriveConfig.Interface;
import org.jvmm.cli.DriveConfig.Media;

/**
 * A drive that is ordered by {@code -device}, with what {@code -drive if=none} or {@code -blockdev}
 * has opened in it.
 *
 * @param option how the user asked for it, for errors
 * @param drive the id of what is in it, or null for nothing
 * @param media what kind of drive it is, or null to go by its medium
 * @param bus its place's, or -1 for any
 * @param unit its place's, or -1 for any
 * @param serial its serial number, or null
 * @param bootIndex when the firmware tries it, the least number first; -1 to go by the order
 */
record DriveDevice(
    String option,
    Interface controller,
    String drive,
    Media media,
    int bus,
    int unit,
    String serial,
    int bootIndex) {
  /** Names of drives. */
  static final String NAMES = "ide-hd, ide-cd, floppy";

  /** Keys that change nothing here. */
  private static final Set<String> NO_PART =
      Set.of(
          "id",
          "model",
          "ver",
          "wwn",
          "write-cache",
          "discard_granularity",
          "physical_block_size",
          "logical_block_size",
          "drive-type",
          "share-rw");

  /** The drive that a driver's name means, or null if it means none. */
  static DriveDevice of(String driver, SubOptions options) {
    return switch (driver) {
      case "ide-hd" -> parse(driver, options, Interface.IDE, Media.DISK);
      case "ide-cd" -> parse(driver, options, Interface.IDE, Media.CDROM);
      case "ide-drive" -> parse(driver, options, Interface.IDE, null);
      case "floppy" -> parse(driver, options, Interface.FLOPPY, Media.DISK);
      default -> null;
    };
  }

  private static DriveDevice parse(
      String driver, SubOptions options, Interface controller, Media media) {
    String drive = options.take("drive");
    if (drive == null && media != Media.CDROM && controller == Interface.IDE) {
      throw options.fault("drive= is needed");
    }
    String bus = options.take("bus");
    int number = -1;
    if (bus != null) {
      String name = controller == Interface.IDE ? "ide." : "floppy-bus.";
      for (int i = 0; i < controller.buses; i++) {
        number = bus.equals(name + i) ? i : number;
      }
      if (number < 0) {
        throw options.fault("bus=%s is not there", bus);
      }
    }
    DriveDevice device =
        new DriveDevice(
            "-device " + driver,
            controller,
            drive,
            media,
            number,
            options.takeNumber("unit", -1, 0, controller.units - 1),
            options.take("serial"),
            options.takeNumber("bootindex", -1, 0, Integer.MAX_VALUE));
    options.ignore(NO_PART);
    return device;
  }
}
