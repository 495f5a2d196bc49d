package org.jvmm.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jvmm.cli.DriveConfig.Media;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.devices.ide.CdRom;
import org.jvmm.pc.Floppy;
import org.jvmm.pc.IdeDrive;
import org.jvmm.pc.PcMachine;

/** The monitor's commands about drives. What they change outlasts a reset. */
final class DriveCommands {
  static final String HELP =
      """
      change DRIVE FILE [FORMAT]  put another disc into a CD-ROM drive
      eject [-f] DRIVE  take the disc out; -f although the guest has locked it
      info block        the drives and what is in them
      """;

  private final HostDrives drives;
  private PcMachine pc;

  DriveCommands(HostDrives drives) {
    this.drives = drives;
  }

  /** The floppy drives, which no command changes. */
  List<Floppy> floppies() {
    return drives.floppies();
  }

  /** Makes a machine of the drives as they are now; commands wait meanwhile and are for it then. */
  synchronized PcMachine build(Function<List<IdeDrive>, PcMachine> maker) {
    pc = maker.apply(drives.ide());
    return pc;
  }

  /** Executes a command and returns what it prints; empty if it is none of these. */
  synchronized Optional<String> execute(String command) {
    String[] words = command.split("\\s+");
    if (command.equals("info block")) {
      return Optional.of(list());
    }
    boolean force = words.length > 1 && words[1].equals("-f");
    try {
      return switch (words[0]) {
        case "eject" -> {
          require(words.length == (force ? 3 : 2), "eject [-f] DRIVE");
          yield Optional.of(eject(words[words.length - 1], force));
        }
        case "change" -> {
          require(words.length == 3 || words.length == 4, "change DRIVE FILE [FORMAT]");
          yield Optional.of(change(words[1], Arrays.asList(words).subList(2, words.length)));
        }
        default -> Optional.empty();
      };
    } catch (UsageException e) {
      return Optional.of("Error: " + e.getMessage() + "\n");
    }
  }

  private static void require(boolean wellFormed, String usage) {
    if (!wellFormed) {
      throw new UsageException("usage: " + usage);
    }
  }

  private String list() {
    StringBuilder text = new StringBuilder();
    for (DriveConfig drive : drives.configs()) {
      String file = drive.file() == null ? "[not inserted]" : drive.file();
      String access = drive.readOnly() ? ", read-only" : drive.snapshot() ? ", snapshot" : "";
      text.append("%s: %s (%s%s)%n".formatted(drive.id(), file, drive.cache(), access));
      cdrom(drive)
          .ifPresent(cd -> text.append(cd.open() ? "    tray open\n" : "    tray closed\n"));
    }
    return text.toString();
  }

  private String eject(String id, boolean force) {
    DriveConfig drive = removable(id);
    take(drive, force);
    drives.replace(drive.with(null, null), null);
    return "";
  }

  private String change(String id, List<String> fileAndFormat) {
    DriveConfig drive = removable(id);
    String format = fileAndFormat.size() > 1 ? fileAndFormat.get(1) : null;
    DriveConfig changed = drive.with(fileAndFormat.get(0), format);
    BlockBackend medium = drives.medium(changed);
    try {
      take(drive, false);
    } catch (UsageException e) {
      medium.close();
      throw e;
    }
    cdrom(drive).ifPresent(cd -> cd.insert(medium));
    drives.replace(changed, medium);
    return "";
  }

  private void take(DriveConfig drive, boolean force) {
    if (!cdrom(drive).map(cd -> cd.remove(force)).orElse(true)) {
      throw new UsageException(
          "Device '%s' is locked; the guest has been asked to let go".formatted(drive.id()));
    }
  }

  private DriveConfig removable(String id) {
    for (DriveConfig drive : drives.configs()) {
      if (drive.id().equals(id)) {
        if (drive.media() != Media.CDROM) {
          throw new UsageException("Device '%s' is not removable".formatted(id));
        }
        return drive;
      }
    }
    throw new UsageException("Device '%s' not found".formatted(id));
  }

  private Optional<CdRom> cdrom(DriveConfig drive) {
    return Optional.ofNullable(pc).flatMap(now -> now.cdrom(drive.id()));
  }
}
