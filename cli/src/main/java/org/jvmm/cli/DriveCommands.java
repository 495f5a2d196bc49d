package org.jvmm.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jvmm.cli.DriveConfig.Media;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.pc.PcMachine;

/** The monitor's commands about drives. */
final class DriveCommands {
  static final String HELP =
      """
      change DRIVE FILE [FORMAT]  put another disc or floppy disk into a drive
      eject [-f] DRIVE  take it out; -f although the guest has locked it
      info block        the drives and what is in them
      """;

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"?|\\S+");

  private final HostDrives drives;
  private final PcMachine pc;

  /** The commands for the drives of a machine. */
  DriveCommands(HostDrives drives, PcMachine pc) {
    this.drives = drives;
    this.pc = pc;
  }

  /** Executes a command and returns what it prints; empty if it is none of these. */
  synchronized Optional<String> execute(String command) {
    String[] words = words(command);
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

  /** The words; one that begins with a double quote goes on to the next, as in QEMU. */
  private static String[] words(String command) {
    return WORD.matcher(command)
        .results()
        .map(word -> word.group(1) != null ? word.group(1) : word.group())
        .toArray(String[]::new);
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
      if (drive.media() == Media.CDROM) {
        text.append(removable(drive.id()).open() ? "    tray open\n" : "    tray closed\n");
      }
    }
    return text.toString();
  }

  private String eject(String id, boolean force) {
    DriveConfig drive = config(id);
    take(id, force);
    drives.replace(drive.with(null, null), null);
    return "";
  }

  private String change(String id, List<String> fileAndFormat) {
    DriveConfig drive = config(id);
    String format = fileAndFormat.size() > 1 ? fileAndFormat.get(1) : null;
    removable(id);
    DriveConfig changed = drive.with(fileAndFormat.get(0), format);
    BlockBackend medium = drives.medium(changed);
    try {
      take(id, false);
    } catch (UsageException e) {
      medium.close();
      throw e;
    }
    removable(id).insert(medium);
    drives.replace(changed, medium);
    return "";
  }

  private void take(String id, boolean force) {
    if (!removable(id).remove(force)) {
      throw new UsageException(
          "Device '%s' is locked; the guest has been asked to let go".formatted(id));
    }
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
