package org.jvmm.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.qcow2.TemporaryOverlay;
import org.jvmm.cli.DriveConfig.ErrorAction;
import org.jvmm.cli.DriveConfig.Interface;
import org.jvmm.cli.DriveConfig.Media;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.devices.fdc.FloppyFormat;
import org.jvmm.pc.Floppy;
import org.jvmm.pc.IdeDrive;

/** Opens the drives' images and gives each a thread; they outlive a machine that resets. */
final class HostDrives implements AutoCloseable {
  private final Consumer<String> notices;
  private final List<Opened> opened = new ArrayList<>();
  private final List<Floppy> floppies = new ArrayList<>();

  /** A drive as it was ordered, or as its medium was changed, and its host end. */
  private record Opened(DriveConfig config, IdeDrive drive) {
    void close() {
      if (drive.medium() != null) {
        drive.medium().close();
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
      for (int i = 0; i < drives.size(); i++) {
        refuseSharing(drives.get(i), drives.subList(0, i));
        open(drives.get(i));
      }
    } catch (UsageException e) {
      close();
      throw e;
    }
  }

  /** What is on the IDE channels. */
  List<IdeDrive> ide() {
    return opened.stream().map(Opened::drive).toList();
  }

  /** The drives with the media that they have now. */
  List<DriveConfig> configs() {
    return opened.stream().map(Opened::config).toList();
  }

  /**
   * Gives a drive another medium, or none, from the next machine on; its old one is closed.
   *
   * @param changed the drive with its new file
   * @param medium what {@link #medium} has opened, or null
   */
  void replace(DriveConfig changed, BlockBackend medium) {
    for (int i = 0; i < opened.size(); i++) {
      Opened old = opened.get(i);
      if (old.config.place().equals(changed.place())) {
        opened.set(i, new Opened(changed, drive(changed, medium)));
        old.close();
      }
    }
  }

  /** The floppy drives. */
  List<Floppy> floppies() {
    return List.copyOf(floppies);
  }

  private void open(DriveConfig drive) {
    if (drive.place().controller() == Interface.FLOPPY) {
      openFloppy(drive);
    } else {
      openIde(drive);
    }
  }

  private void openFloppy(DriveConfig drive) {
    if (drive.media() == Media.CDROM) {
      throw new UsageException(drive.option() + ": a floppy drive takes no CD-ROM");
    }
    BlockBackend medium = drive.file() == null ? null : medium(drive);
    if (medium != null && FloppyFormat.of(medium.size()).isEmpty()) {
      medium.close();
      throw new UsageException(
          "%s: %d bytes are more than any floppy disk has"
              .formatted(drive.option(), medium.size()));
    }
    floppies.add(new Floppy(drive.place().unit(), medium, policy(drive), drive.id()));
  }

  private void openIde(DriveConfig drive) {
    boolean cdrom = drive.media() == Media.CDROM;
    if (drive.file() == null && !cdrom) {
      throw new UsageException(drive.option() + ": a disk needs file=");
    }
    BlockBackend medium = drive.file() == null ? null : medium(drive);
    opened.add(new Opened(drive, drive(drive, medium)));
  }

  private static IdeDrive drive(DriveConfig drive, BlockBackend medium) {
    return new IdeDrive(
        drive.place().bus(),
        drive.place().unit(),
        drive.media() == Media.CDROM,
        medium,
        policy(drive),
        drive.serial(),
        drive.id());
  }

  /** The lock would say that another process has the image, which would mislead. */
  private static void refuseSharing(DriveConfig drive, List<DriveConfig> before) {
    for (DriveConfig other : before) {
      if ((writes(drive) || writes(other)) && isSameFile(drive.file(), other.file())) {
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
   * @throws UsageException if it cannot be opened
   */
  BlockBackend medium(DriveConfig drive) {
    String name = name(drive);
    boolean readOnly = !writes(drive) || Images.hasScheme(name);
    OpenOptions how =
        (readOnly ? OpenOptions.READ_ONLY : OpenOptions.WRITABLE).withCache(drive.cache());
    try {
      BlockImage image = Images.open(name, drive.format(), how);
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
  private static String name(DriveConfig drive) {
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
    floppies.stream().map(Floppy::medium).filter(Objects::nonNull).forEach(BlockBackend::close);
  }
}
