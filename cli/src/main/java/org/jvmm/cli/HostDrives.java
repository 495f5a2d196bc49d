package org.jvmm.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
import org.jvmm.devices.ide.ErrorPolicy;
import org.jvmm.pc.IdeDrive;

/** Opens the drives' images and gives each a thread; they outlive a machine that resets. */
final class HostDrives implements AutoCloseable {
  private final Consumer<String> notices;
  private final List<IdeDrive> ide = new ArrayList<>();

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
        open(drive);
      }
    } catch (UsageException e) {
      close();
      throw e;
    }
  }

  /** What is on the IDE channels. */
  List<IdeDrive> ide() {
    return List.copyOf(ide);
  }

  private void open(DriveConfig drive) {
    if (drive.place().controller() == Interface.FLOPPY) {
      throw new UsageException(drive.option() + ": there is no floppy drive so far");
    }
    boolean cdrom = drive.media() == Media.CDROM;
    if (drive.file() == null && !cdrom) {
      throw new UsageException(drive.option() + ": a disk needs file=");
    }
    ide.add(
        new IdeDrive(
            drive.place().bus(),
            drive.place().unit(),
            cdrom,
            drive.file() == null ? null : medium(drive),
            new ErrorPolicy(action(drive.onReadError()), action(drive.onWriteError())),
            drive.serial(),
            drive.id()));
  }

  private BlockBackend medium(DriveConfig drive) {
    boolean readOnly = drive.readOnly() || drive.snapshot() || Images.hasScheme(drive.file());
    OpenOptions how =
        (readOnly ? OpenOptions.READ_ONLY : OpenOptions.WRITABLE).withCache(drive.cache());
    try {
      BlockImage image = Images.open(drive.file(), drive.format(), how);
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

  private static BlockImage overlay(BlockImage base) throws IOException {
    try {
      return TemporaryOverlay.over(base);
    } catch (IOException e) {
      base.close();
      throw e;
    }
  }

  private static ErrorPolicy.Action action(ErrorAction wanted) {
    return ErrorPolicy.Action.valueOf(wanted.name());
  }

  /** Completes what the drives were asked for, makes it durable, and closes the images. */
  @Override
  public void close() {
    for (IdeDrive drive : ide) {
      if (drive.medium() != null) {
        drive.medium().close();
      }
    }
  }
}
