package org.jvmm.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.qcow2.TemporaryOverlay;
import org.jvmm.cli.DriveConfig.ErrorAction;
import org.jvmm.cli.DriveConfig.Interface;
import org.jvmm.cli.DriveConfig.Media;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.devices.fdc.FloppyFormat;
import org.jvmm.pc.Floppy;
import org.jvmm.pc.IdeDrive;

/** Opens the drives' images and gives each a thread; they outlive the machine. */
final class HostDrives implements AutoCloseable {
  private final Consumer<String> notices;
  private final List<Opened> opened = new ArrayList<>();

  /**
   * A drive as it was ordered, or as its medium was changed.
   *
   * @param medium or null
   */
  private record Opened(DriveConfig config, BlockWorker medium) {
    boolean isOn(Interface controller) {
      return config.place().controller() == controller;
    }

    void close() {
      if (medium != null) {
        medium.close();
      }
    }
  }

  /**
   * Opens the images.
   *
   * @param notices takes what the user should know, a line each
   * @throws UsageException if one cannot be opened, or there is no such drive
   */
  HostDrives(List<DriveConfig> drives, Consumer<String> notices) {
    this.notices = notices;
    try {
      for (DriveConfig drive : drives) {
        opened.add(new Opened(drive, medium(drive)));
      }
    } catch (UsageException e) {
      close();
      throw e;
    }
  }

  /** What is on the IDE channels. */
  List<IdeDrive> ide() {
    List<IdeDrive> drives = new ArrayList<>();
    for (Opened each : opened) {
      if (each.isOn(Interface.IDE)) {
        drives.add(ide(each));
      }
    }
    return drives;
  }

  /** The floppy drives. */
  List<Floppy> floppies() {
    List<Floppy> drives = new ArrayList<>();
    for (Opened each : opened) {
      if (each.isOn(Interface.FLOPPY)) {
        drives.add(
            new Floppy(
                each.config.place().unit(), each.medium, policy(each.config), each.config.id()));
      }
    }
    return drives;
  }

  /** The drives with the media that they have now. */
  List<DriveConfig> configs() {
    return opened.stream().map(Opened::config).toList();
  }

  /**
   * Notes that a drive has another medium now, or none; its old one is closed.
   *
   * @param changed the drive with its new file
   * @param medium what {@link #medium} has opened, or null
   */
  void replace(DriveConfig changed, BlockWorker medium) {
    for (int i = 0; i < opened.size(); i++) {
      Opened old = opened.get(i);
      if (old.config.place().equals(changed.place())) {
        opened.set(i, new Opened(changed, medium));
        old.close();
      }
    }
  }

  private static IdeDrive ide(Opened drive) {
    DriveConfig config = drive.config;
    return new IdeDrive(
        config.place().bus(),
        config.place().unit(),
        config.media() == Media.CDROM,
        drive.medium,
        policy(config),
        config.serial(),
        config.id());
  }

  /** The lock would say that another process has the image, which would mislead. */
  private void refuseSharing(DriveConfig drive) {
    for (DriveConfig other : configs()) {
      if (!other.place().equals(drive.place())
          && (writes(drive) || writes(other))
          && isSameFile(drive.file(), other.file())) {
        throw new UsageException(
            "%s: its image is that of %s, and has one writer"
                .formatted(drive.option(), other.option()));
      }
    }
  }

  private static boolean isSameFile(String one, String other) {
    try {
      return one != null && other != null && Files.isSameFile(Path.of(one), Path.of(other));
    } catch (IOException | InvalidPathException e) {
      return false; // opening it says what is wrong
    }
  }

  private static boolean writes(DriveConfig drive) {
    return !drive.readOnly() && !drive.snapshot();
  }

  /**
   * Opens a drive's file.
   *
   * @return null for a drive without a medium
   * @throws UsageException if it cannot be opened, or is not for such a drive
   */
  BlockWorker medium(DriveConfig drive) {
    boolean floppy = drive.place().controller() == Interface.FLOPPY;
    if (floppy && drive.media() == Media.CDROM) {
      throw new UsageException(drive.option() + ": a floppy drive takes no CD-ROM");
    }
    if (drive.file() == null) {
      if (!floppy && drive.media() == Media.DISK) {
        throw new UsageException(drive.option() + ": a disk needs file=");
      }
      return null;
    }
    refuseSharing(drive);
    BlockWorker medium = open(drive);
    if (floppy && FloppyFormat.of(medium.size()).isEmpty()) {
      medium.close();
      throw new UsageException(
          "%s: %d bytes are more than any floppy disk has"
              .formatted(drive.option(), medium.size()));
    }
    return medium;
  }

  /** What is in a drive; empty for none. */
  Optional<BlockWorker> worker(DriveConfig drive) {
    return opened.stream()
        .filter(each -> each.config.place().equals(drive.place()))
        .findFirst()
        .map(Opened::medium);
  }

  /** Opens a drive's file itself, whether or not an overlay is above it. */
  static BlockImage image(DriveConfig drive, boolean writable) throws IOException {
    String name = name(drive);
    boolean readOnly = !writable || Images.hasScheme(name);
    OpenOptions how = readOnly ? OpenOptions.READ_ONLY : OpenOptions.WRITABLE;
    return Images.open(name, drive.format(), how.withCache(drive.cache()));
  }

  private BlockWorker open(DriveConfig drive) {
    try {
      BlockImage image = image(drive, writes(drive));
      Images.warning(image)
          .ifPresent(text -> notices.accept("%s: warning: %s".formatted(drive.option(), text)));
      return new BlockWorker(
          drive.snapshot() ? overlay(image) : image,
          drive.cache(),
          drive.id(),
          (kind, offset, cause) -> notices.accept(drive.id() + ": " + cause.getMessage()));
    } catch (IOException e) {
      throw new UsageException("%s: %s".formatted(drive.option(), e.getMessage()), e);
    }
  }

  /** A directory in the CD-ROM drive is the CD-ROM with its files. */
  static String name(DriveConfig drive) {
    boolean directory = drive.media() == Media.CDROM && new File(drive.file()).isDirectory();
    return directory ? "iso:" + drive.file() : drive.file();
  }

  private static BlockImage overlay(BlockImage base) throws IOException {
    try {
      return TemporaryOverlay.over(base);
    } catch (IOException e) {
      base.close();
      throw e;
    }
  }

  private static ErrorPolicy policy(DriveConfig drive) {
    return new ErrorPolicy(action(drive.onReadError()), action(drive.onWriteError()));
  }

  private static ErrorPolicy.Action action(ErrorAction wanted) {
    return ErrorPolicy.Action.valueOf(wanted.name());
  }

  /** Completes what the drives were asked for, makes it durable, and closes the images. */
  @Override
  public void close() {
    opened.forEach(Opened::close);
  }
}
