package org.jvmm.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jvmm.block.CacheMode;
import org.jvmm.block.ImageException;
import org.jvmm.cli.DriveConfig.ErrorAction;
import org.jvmm.cli.DriveConfig.Interface;
import org.jvmm.cli.DriveConfig.Media;
import org.jvmm.cli.DriveConfig.Place;

/** Finds out which drives the options ask for, and where each goes. */
final class DriveList {
  /** Keys that say how QEMU's host side does its work, and change nothing that a guest sees. */
  private static final Set<String> HOSTS_OWN =
      Set.of(
          "aio",
          "detect-zeroes",
          "copy-on-read",
          "discard",
          "addr",
          "boot",
          "file.driver",
          "file.locking",
          "auto-read-only");

  /** The CD-ROM's index: master of the second channel. */
  private static final int CDROM_INDEX = 2;

  private final boolean snapshot;
  private final List<DriveConfig> drives = new ArrayList<>();

  private DriveList(boolean snapshot) {
    this.snapshot = snapshot;
  }

  /** What has no drive yet, by its id. */
  private final Map<String, DriveConfig> loose = new LinkedHashMap<>();

  /** The drives, if none is ordered by -device. */
  static List<DriveConfig> of(DriveOptions options) {
    return of(options, List.of());
  }

  /** The drives. */
  static List<DriveConfig> of(DriveOptions options, List<DriveDevice> devices) {
    DriveList list = new DriveList(options.snapshot);
    String[] disks = {options.hda, options.hdb, options.hdc, options.hdd};
    for (int i = 0; i < disks.length; i++) {
      list.simple("-hd" + (char) ('a' + i), disks[i], Place.ofIndex(Interface.IDE, i), Media.DISK);
    }
    Place second = Place.ofIndex(Interface.IDE, CDROM_INDEX);
    list.simple("-cdrom", options.cdrom, second, Media.CDROM);
    list.simple("-fda", options.fda, Place.ofIndex(Interface.FLOPPY, 0), Media.DISK);
    list.simple("-fdb", options.fdb, Place.ofIndex(Interface.FLOPPY, 1), Media.DISK);
    for (String text : options.drives) {
      list.drive(text);
    }
    list.nodes(options.nodes);
    devices.forEach(list::device);
    for (DriveConfig each : list.loose.values()) {
      if (each.option().startsWith("-drive")) {
        throw new UsageException("%s: no -device has drive=%s".formatted(each.option(), each.id()));
      }
    }
    return List.copyOf(list.drives);
  }

  private void simple(String option, String file, Place place, Media media) {
    if (file == null) {
      return;
    }
    String name = option + " " + file;
    boolean cdrom = media == Media.CDROM;
    add(
        new DriveConfig(
            name,
            place,
            media,
            file.isEmpty() ? null : file,
            null,
            CacheMode.WRITEBACK,
            cdrom,
            snapshot && !cdrom,
            ErrorAction.REPORT,
            ErrorAction.ENOSPC,
            null,
            place.name(media),
            -1));
  }

  private void drive(String text) {
    SubOptions options = new SubOptions("-drive", text, null);
    Interface controller = controller(options);
    boolean isLoose = controller == null;
    Media media = options.takeName("media", Media.class, Media.DISK);
    boolean cdrom = media == Media.CDROM;
    Place place = isLoose ? null : place(options, controller);
    String file = options.take("file", options.take("file.filename", ""));
    boolean readOnly = options.takeSwitch("readonly", options.takeSwitch("read-only", cdrom));
    boolean forget = options.takeSwitch("snapshot", snapshot);
    String format = options.take("format", options.take("driver"));
    CacheMode cache = cache(options);
    ErrorAction read = options.takeName("rerror", ErrorAction.class, ErrorAction.REPORT);
    ErrorAction write = options.takeName("werror", ErrorAction.class, ErrorAction.ENOSPC);
    if (read == ErrorAction.ENOSPC) {
      throw options.fault("rerror is report or stop");
    }
    String serial = options.take("serial");
    String id = options.take("id", isLoose ? null : place.name(media));
    options.ignore(HOSTS_OWN).end();
    if (id == null) {
      throw options.fault("if=none needs id=");
    }
    DriveConfig drive =
        new DriveConfig(
            "-drive " + text,
            place,
            media,
            file.isEmpty() ? null : file,
            format,
            cache,
            readOnly || cdrom,
            forget && !readOnly && !cdrom,
            read,
            write,
            serial,
            id,
            -1);
    if (isLoose) {
      loose(drive);
    } else {
      add(drive);
    }
  }

  private void loose(DriveConfig drive) {
    if (loose.putIfAbsent(drive.id(), drive) != null) {
      throw new UsageException("%s: there is an id=%s".formatted(drive.option(), drive.id()));
    }
  }

  private void nodes(List<String> texts) {
    Map<String, BlockNode> known = new LinkedHashMap<>();
    for (String text : texts) {
      BlockNode node = BlockNode.parse(text, known);
      known.put(node.name(), node);
      loose(
          new DriveConfig(
              "-blockdev " + text,
              null,
              Media.DISK,
              node.file(),
              node.format() == null ? "raw" : node.format(),
              node.direct() ? CacheMode.NONE : CacheMode.WRITEBACK,
              node.readOnly(),
              false,
              ErrorAction.REPORT,
              ErrorAction.ENOSPC,
              null,
              node.name(),
              -1));
    }
  }

  /** A drive with what is in it; what is loose is in one drive only. */
  private void device(DriveDevice device) {
    DriveConfig inside = device.drive() == null ? null : loose.remove(device.drive());
    if (inside == null && device.drive() != null) {
      throw new UsageException(
          "%s: drive=%s names nothing that is free".formatted(device.option(), device.drive()));
    }
    Media media = device.media() != null ? device.media() : inside.media();
    boolean cdrom = media == Media.CDROM;
    Place place = place(device);
    add(
        new DriveConfig(
            device.option(),
            place,
            media,
            inside == null ? null : inside.file(),
            inside == null ? null : inside.format(),
            inside == null ? CacheMode.WRITEBACK : inside.cache(),
            cdrom || inside != null && inside.readOnly(),
            inside != null && inside.snapshot() && !cdrom,
            inside == null ? ErrorAction.REPORT : inside.onReadError(),
            inside == null ? ErrorAction.ENOSPC : inside.onWriteError(),
            device.serial() != null || inside == null ? device.serial() : inside.serial(),
            inside == null ? place.name(media) : inside.id(),
            device.bootIndex()));
  }

  private Place place(DriveDevice device) {
    if (device.unit() >= 0) {
      return new Place(device.controller(), Math.max(device.bus(), 0), device.unit());
    }
    return free(device.controller(), device.bus())
        .orElseThrow(() -> new UsageException(device.option() + ": no place is free for it"));
  }

  private Optional<Place> free(Interface controller, int bus) {
    for (int i = 0; i < controller.buses * controller.units; i++) {
      Place place = Place.ofIndex(controller, i);
      if (isFree(place) && (bus < 0 || place.bus() == bus)) {
        return Optional.of(place);
      }
    }
    return Optional.empty();
  }

  /** The controller that a drive is on; null for one that -device puts on one. */
  private static Interface controller(SubOptions options) {
    String name = options.take("if", "ide");
    if (name.equals("none")) {
      return null;
    }
    for (Interface each : Interface.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
        return each;
      }
    }
    throw options.fault("if=%s is not there; there are ide, floppy and none", name);
  }

  private static CacheMode cache(SubOptions options) {
    String name = options.take("cache");
    boolean direct = options.takeSwitch("cache.direct", false);
    boolean unsafe = options.takeSwitch("cache.no-flush", false);
    boolean back = options.takeSwitch("cache.writeback", true);
    if (name == null && direct) {
      return back ? CacheMode.NONE : CacheMode.DIRECTSYNC;
    }
    if (name == null && (unsafe || !back)) {
      return unsafe ? CacheMode.UNSAFE : CacheMode.WRITETHROUGH;
    }
    try {
      return name == null ? CacheMode.WRITEBACK : CacheMode.of(name);
    } catch (ImageException e) {
      throw new UsageException(options.fault("%s", e.getMessage()).getMessage(), e);
    }
  }

  /** By index, by bus and unit, or the first that is free. */
  private Place place(SubOptions options, Interface controller) {
    int most = controller.buses * controller.units - 1;
    int index = options.takeNumber("index", -1, 0, most);
    int bus = options.takeNumber("bus", -1, 0, controller.buses - 1);
    int unit = options.takeNumber("unit", -1, 0, controller.units - 1);
    if (index >= 0) {
      if (bus >= 0 || unit >= 0) {
        throw options.fault("index cannot be used with bus and unit");
      }
      return Place.ofIndex(controller, index);
    }
    if (unit >= 0) {
      return new Place(controller, Math.max(bus, 0), unit);
    }
    return free(controller, bus).orElseThrow(() -> options.fault("no place is free for it"));
  }

  private boolean isFree(Place place) {
    return drives.stream().noneMatch(each -> each.place().equals(place));
  }

  private void add(DriveConfig drive) {
    for (DriveConfig other : drives) {
      if (other.place().equals(drive.place())) {
        throw new UsageException(
            "%s: its place (%s) is taken by %s"
                .formatted(drive.option(), drive.place(), other.option()));
      }
    }
    drives.add(drive);
  }
}
