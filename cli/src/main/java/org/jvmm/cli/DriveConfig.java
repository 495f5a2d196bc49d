package org.jvmm.cli;

import java.util.Locale;
import org.jvmm.block.CacheMode;

/**
 * A drive as it is ordered.
 *
 * @param option how the user asked for it, for errors
 * @param place where it is attached
 * @param media what kind of drive it is
 * @param file its image or the directory that it is made of, or null for a drive without a medium
 * @param format the image's format, or null to go by its magic
 * @param readOnly whether the guest can write; a CD-ROM never can
 * @param snapshot whether writes are forgotten at the end
 * @param onReadError what a failed read does
 * @param onWriteError what a failed write does
 * @param serial the drive's serial number, or null
 * @param id by which the user names it
 * @param bootIndex when the firmware tries it, the least number first; -1 to go by the order
 */
record DriveConfig(
    String option,
    Place place,
    Media media,
    String file,
    String format,
    CacheMode cache,
    boolean readOnly,
    boolean snapshot,
    ErrorAction onReadError,
    ErrorAction onWriteError,
    String serial,
    String id,
    int bootIndex) {
  /**
   * The same drive with another medium.
   *
   * @param newFile null for none
   * @param newReadOnly whether the guest can write it
   */
  DriveConfig with(String newFile, String newFormat, boolean newReadOnly) {
    return new DriveConfig(
        "change " + id,
        place,
        media,
        newFile,
        newFormat,
        cache,
        newReadOnly || media == Media.CDROM,
        snapshot,
        onReadError,
        onWriteError,
        serial,
        id,
        bootIndex);
  }

  /** What a controller is called, with the number of its channels and of drives on each. */
  enum Interface {
    IDE(2, 2),
    FLOPPY(1, 2);

    final int buses;
    final int units;

    Interface(int buses, int units) {
      this.buses = buses;
      this.units = units;
    }
  }

  /** Kinds of drives. */
  enum Media {
    DISK,
    CDROM
  }

  /** What is done when the host fails a request. */
  enum ErrorAction {
    REPORT,
    STOP,
    ENOSPC
  }

  /**
   * A place for a drive.
   *
   * @param bus from 0
   * @param unit from 0, on the bus
   */
  record Place(Interface controller, int bus, int unit) {
    /** The place of an index that counts through all buses. */
    static Place ofIndex(Interface controller, int index) {
      return new Place(controller, index / controller.units, index % controller.units);
    }

    /** What QEMU calls a drive there that the user has not named: ide1-cd0, floppy0. */
    String name(Media media) {
      return controller == Interface.FLOPPY
          ? "floppy%d".formatted(unit)
          : "ide%d-%s%d".formatted(bus, media == Media.CDROM ? "cd" : "hd", unit);
    }

    @Override
    public String toString() {
      return "%s bus=%d,unit=%d".formatted(controller.name().toLowerCase(Locale.ROOT), bus, unit);
    }
  }
}
