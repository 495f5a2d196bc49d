package org.jvmm.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jvmm.block.BlockImage;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.Committable;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Described;
import org.jvmm.block.ImageException;
import org.jvmm.block.Resizable;
import org.jvmm.block.Snapshots;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.pc.PcMachine;

/** The monitor's commands about drives. */
final class DriveCommands {
  static final String HELP =
      """
      block_resize DRIVE SIZE  change a disk's size, in MiB or with a suffix
      change DRIVE [-f] FILE [FORMAT [retain|read-only|read-write]]  put another medium into a drive
      commit DRIVE|all  write what an overlay or -snapshot has to the image below
      eject [-f] DRIVE  take a medium out; -f although the guest has locked it
      info block [-v] [DRIVE]  the drives and what is in them; -v with what 'img info' says
      info blockstats   what the drives' requests came to
      info snapshots    the states that images keep in themselves
      snapshot_blkdev_internal DRIVE NAME  keep a disk's state in its image
      snapshot_delete_blkdev_internal DRIVE NAME  forget it
      """;

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"?|\\S+");

  private final HostDrives drives;
  private final PcMachine pc;
  private final DriveReport report;

  /** The commands for the drives of a machine. */
  DriveCommands(HostDrives drives, PcMachine pc) {
    this.drives = drives;
    this.pc = pc;
    this.report = new DriveReport(drives);
  }

  /** Executes a command and returns what it prints; empty if it is none of these. */
  synchronized Optional<String> execute(String command) {
    List<String> words = words(command);
    if (words.isEmpty()) {
      return Optional.empty();
    }
    List<String> rest = new ArrayList<>(words.subList(1, words.size()));
    try {
      return Optional.ofNullable(
          switch (words.get(0)) {
            case "info" -> info(rest);
            case "eject" -> eject(rest);
            case "change" -> change(rest);
            case "commit" -> commit(rest);
            case "block_resize" -> resize(rest);
            case "snapshot_blkdev_internal" -> snapshot(rest, true);
            case "snapshot_delete_blkdev_internal" -> snapshot(rest, false);
            default -> null;
          });
    } catch (UsageException | IOException e) {
      return Optional.of("Error: " + e.getMessage() + "\n");
    }
  }

  /** The words; one that begins with a double quote goes on to the next, as in QEMU. */
  private static List<String> words(String command) {
    return WORD.matcher(command)
        .results()
        .map(word -> word.group(1) != null ? word.group(1) : word.group())
        .toList();
  }

  private static void require(boolean wellFormed, String usage) {
    if (!wellFormed) {
      throw new UsageException("usage: " + usage);
    }
  }

  private String info(List<String> rest) throws IOException {
    String what = rest.isEmpty() ? "" : rest.remove(0);
    StringBuilder text = new StringBuilder();
    switch (what) {
      case "block" -> {
        boolean detailed = rest.remove("-v");
        require(rest.size() <= 1, "info block [-v] [DRIVE]");
        List<DriveConfig> listed = rest.isEmpty() ? drives.configs() : List.of(config(rest.get(0)));
        for (DriveConfig each : listed) {
          text.append(text.isEmpty() ? "" : "\n");
          text.append(report.block(each, pc.removable(each.id()), detailed));
        }
      }
      case "blockstats" -> drives.configs().forEach(each -> text.append(report.counts(each)));
      case "snapshots" -> {
        for (DriveConfig each : drives.configs()) {
          text.append(report.snapshots(each));
        }
        text.append(text.isEmpty() ? "There is no snapshot available.\n" : "");
      }
      default -> {
        return null;
      }
    }
    return text.toString();
  }

  private String eject(List<String> rest) {
    boolean force = rest.remove("-f");
    require(rest.size() == 1, "eject [-f] DRIVE");
    DriveConfig drive = config(rest.get(0));
    take(drive.id(), force);
    drives.replace(drive.with(null, null, drive.readOnly()), null);
    return "";
  }

  private String change(List<String> rest) {
    boolean force = rest.remove("-f");
    require(
        rest.size() >= 2 && rest.size() <= 4,
        "change DRIVE [-f] FILE [FORMAT [retain|read-only|read-write]]");
    DriveConfig drive = config(rest.get(0));
    String format = rest.size() > 2 ? rest.get(2) : null;
    boolean readOnly =
        switch (rest.size() > 3 ? rest.get(3) : "retain") {
          case "retain" -> drive.readOnly();
          case "read-only" -> true;
          case "read-write" -> false;
          default -> throw new UsageException("'%s' is not an access".formatted(rest.get(3)));
        };
    removable(drive.id());
    DriveConfig changed = drive.with(rest.get(1), format, readOnly);
    BlockWorker medium = drives.medium(changed);
    try {
      take(drive.id(), force);
    } catch (UsageException e) {
      medium.close();
      throw e;
    }
    removable(drive.id()).insert(medium);
    drives.replace(changed, medium);
    return "";
  }

  private void take(String id, boolean force) {
    if (!removable(id).remove(force)) {
      throw new UsageException(
          "Device '%s' is locked; the guest has been asked to let go".formatted(id));
    }
  }

  private String commit(List<String> rest) throws IOException {
    require(rest.size() == 1, "commit DRIVE|all");
    boolean all = rest.get(0).equals("all");
    for (DriveConfig drive : all ? drives.configs() : List.of(config(rest.get(0)))) {
      Optional<BlockWorker> medium = drives.worker(drive);
      if (!all || medium.isPresent() && !drive.readOnly()) {
        present(drive).call(image -> commit(drive, image, all));
      }
    }
    return "";
  }

  /** What -snapshot is above is the drive's file; else the image names what is below it. */
  private static Void commit(DriveConfig drive, BlockImage image, boolean all) throws IOException {
    boolean over = image instanceof Described known && known.backingPath() != null;
    if (drive.snapshot() && image instanceof Committable upper) {
      upper.commit(writable -> HostDrives.image(drive, writable));
      upper.empty();
    } else if (over && image instanceof Committable upper) {
      upper.commit(Committable.backingOf((Described) image, drive.cache()));
      upper.empty();
    } else if (!all) {
      throw new ImageException("Device '%s' has no image below its own".formatted(drive.id()));
    }
    return null;
  }

  private String resize(List<String> rest) throws IOException {
    require(rest.size() == 2, "block_resize DRIVE SIZE");
    DriveConfig drive = config(rest.get(0));
    String text = rest.get(1).matches("\\d+") ? rest.get(1) + "M" : rest.get(1);
    long size = CreateOptions.parseSize("size", text);
    if (pc.removable(drive.id()).isPresent()) {
      throw new UsageException("Device '%s' is no disk".formatted(drive.id()));
    }
    present(drive)
        .call(
            image -> {
              if (drive.readOnly() || !(image instanceof Resizable resizable)) {
                throw new ImageException("Device '%s' cannot be resized".formatted(drive.id()));
              }
              resizable.resize(size, "off");
              return null;
            });
    return "";
  }

  private String snapshot(List<String> rest, boolean create) throws IOException {
    require(rest.size() == 2, "snapshot_[delete_]blkdev_internal DRIVE NAME");
    DriveConfig drive = config(rest.get(0));
    present(drive)
        .call(
            image -> {
              if (drive.snapshot() || !(image instanceof Snapshots keeper)) {
                throw new ImageException(
                    "Device '%s': its image keeps no snapshots".formatted(drive.id()));
              }
              if (create) {
                keeper.createSnapshot(rest.get(1));
              } else {
                keeper.deleteSnapshot(rest.get(1));
              }
              return null;
            });
    return "";
  }

  private BlockWorker present(DriveConfig drive) {
    return drives
        .worker(drive)
        .orElseThrow(() -> new UsageException("Device '%s' is empty".formatted(drive.id())));
  }

  private DriveConfig config(String id) {
    return drives.configs().stream()
        .filter(each -> each.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new UsageException("Device '%s' not found".formatted(id)));
  }

  private RemovableDrive removable(String id) {
    return pc.removable(id)
        .orElseThrow(() -> new UsageException("Device '%s' is not removable".formatted(id)));
  }
}
