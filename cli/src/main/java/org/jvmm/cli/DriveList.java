package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
      Set.of("aio", "detect-zeroes", "copy-on-read", "discard", "addr");

  /** The CD-ROM's index: master of the second channel. */
  private static final int CDROM_INDEX = 2;

  private final boolean snapshot;
  private final List<DriveConfig> drives = new ArrayList<>();

  private DriveList(boolean snapshot) {
    this.snapshot = snapshot;
  }

  /** The drives. */
  static List<DriveConfig> of(DriveOptions options) {
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
            place.name(media)));
  }

  private void drive(String text) {
    SubOptions options = new SubOptions("-drive", text, null);
    Interface controller = controller(options);
    Media media = options.takeName("media", Media.class, Media.DISK);
    boolean cdrom = media == Media.CDROM;
    Place place = place(options, controller);
    String file = options.take("file", "");
    boolean readOnly = options.takeSwitch("readonly", options.takeSwitch("read-only", cdrom));
    boolean forget = options.takeSwitch("snapshot", snapshot);
    String format = options.take("format");
    CacheMode cache = cache(options);
    ErrorAction read = options.takeName("rerror", ErrorAction.class, ErrorAction.REPORT);
    ErrorAction write = options.takeName("werror", ErrorAction.class, ErrorAction.ENOSPC);
    if (read == ErrorAction.ENOSPC) {
      throw options.fault("rerror is report or stop");
    }
    String serial = options.take("serial");
    String id = options.take("id", place.name(media));
    options.ignore(HOSTS_OWN).end();
    add(
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
            id));
  }

  private static Interface controller(SubOptions options) {
    String name = options.take("if", "ide");
    for (Interface each : Interface.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
        return each;
      }
    }
    throw options.fault("if=%s is not there; there are ide and floppy", name);
  }

  private static CacheMode cache(SubOptions options) {
    String name = options.take("cache");
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
    for (int i = Math.max(bus, 0) * controller.units; i <= most; i++) {
      Place place = Place.ofIndex(controller, i);
      if (isFree(place) && (bus < 0 || place.bus() == bus)) {
        return place;
      }
    }
    throw options.fault("no place is free for it");
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
