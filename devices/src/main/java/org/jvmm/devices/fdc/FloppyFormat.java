package org.jvmm.devices.fdc;

import java.util.Optional;
import java.util.stream.Stream;

/** How a disk is recorded: what follows from the size of its image. Sectors have 512 bytes. */
public enum FloppyFormat {
  F160K(40, 1, 8, Rate.KBPS_300, DriveType.INCH_5_1200K),
  F180K(40, 1, 9, Rate.KBPS_300, DriveType.INCH_5_1200K),
  F320K(40, 2, 8, Rate.KBPS_300, DriveType.INCH_5_1200K),
  F360K(40, 2, 9, Rate.KBPS_300, DriveType.INCH_5_1200K),
  F720K(80, 2, 9, Rate.KBPS_250, DriveType.INCH_3_1440K),
  F1200K(80, 2, 15, Rate.KBPS_500, DriveType.INCH_5_1200K),
  F1440K(80, 2, 18, Rate.KBPS_500, DriveType.INCH_3_1440K),
  /** Microsoft's distribution format. */
  F1680K(80, 2, 21, Rate.KBPS_500, DriveType.INCH_3_1440K),
  F1722K(82, 2, 21, Rate.KBPS_500, DriveType.INCH_3_1440K),
  F2880K(80, 2, 36, Rate.KBPS_1000, DriveType.INCH_3_2880K);

  /** Bytes of a sector, and their code N in a sector's ID. */
  static final int SECTOR = 512, SIZE_CODE = 2;

  /** Sectors of the longest track. */
  static final int MAX_SECTORS = 36;

  /** Codes of data rates in DSR and CCR (82077AA, data rate select register). */
  static final class Rate {
    static final int KBPS_500 = 0, KBPS_300 = 1, KBPS_250 = 2, KBPS_1000 = 3;
  }

  /** Types of drives as CMOS RAM has them. */
  public static final class DriveType {
    /** Drives of 5.25 and of 3.5 inch. */
    public static final int INCH_5_1200K = 2, INCH_3_1440K = 4, INCH_3_2880K = 5;

    private DriveType() {}
  }

  private final int cylinders;
  private final int heads;
  private final int sectors;
  private final int rate;
  private final int driveType;

  FloppyFormat(int cylinders, int heads, int sectors, int rate, int driveType) {
    this.cylinders = cylinders;
    this.heads = heads;
    this.sectors = sectors;
    this.rate = rate;
    this.driveType = driveType;
  }

  /**
   * The format of an image: the one of exactly its size, else the smaller of the usual two that has
   * room for it; what such an image lacks reads as zeroes and cannot be written.
   *
   * @param size in bytes
   * @return empty if no floppy disk is that large
   */
  public static Optional<FloppyFormat> of(long size) {
    return Stream.concat(
            Stream.of(values()).filter(format -> format.bytes() == size),
            Stream.of(F1440K, F2880K).filter(format -> format.bytes() >= size))
        .findFirst();
  }

  /** Size in bytes. */
  public long bytes() {
    return (long) cylinders * heads * sectors * SECTOR;
  }

  /** The kind of drive that such a disk belongs to, one of {@link DriveType}. */
  public int driveType() {
    return driveType;
  }

  int sectors() {
    return sectors;
  }

  int rate() {
    return rate;
  }

  /** Whether the disk has such a track. */
  boolean has(int cylinder, int head) {
    return cylinder < cylinders && head < heads;
  }

  /** Where a sector is in the image, in bytes. */
  long offset(int cylinder, int head, int sector) {
    return (((long) cylinder * heads + head) * sectors + sector - 1) * SECTOR;
  }
}
