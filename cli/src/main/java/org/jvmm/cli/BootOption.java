package org.jvmm.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jvmm.pc.firmware.BootPlan;

/** The argument of {@code -boot}: {@code dca}, or {@code order=,once=,menu=,splash-time=}... */
final class BootOption {
  private static final int FOREVER = 0xffff;

  private BootOption() {}

  /** What the firmware boots, with the drives that have a place of their own in the order. */
  static BootPlan plan(FirmwareOptions firmware, List<DriveConfig> drives) {
    BootPlan plan = parse(firmware.boot);
    if (firmware.anyFloppy) {
      plan = plan.withAnyFloppy();
    }
    List<DriveConfig> ordered = new ArrayList<>();
    for (DriveConfig each : drives) {
      if (each.bootIndex() >= 0) {
        ordered.add(each);
      }
    }
    if (ordered.isEmpty()) {
      return plan;
    }
    ordered.sort(Comparator.comparingInt(DriveConfig::bootIndex));
    List<String> paths = new ArrayList<>();
    for (DriveConfig each : ordered) {
      paths.add(path(each.place()));
    }
    if (firmware.boot != null && isStrict(firmware.boot)) {
      paths.add(BootPlan.HALT);
    }
    return plan.withFirst(paths);
  }

  private static String path(DriveConfig.Place place) {
    return place.controller() == DriveConfig.Interface.FLOPPY
        ? BootPlan.floppyPath(place.unit())
        : BootPlan.idePath(place.bus(), place.unit());
  }

  private static boolean isStrict(String text) {
    return new SubOptions("-boot", text, "order").takeSwitch("strict", false);
  }

  /** Parses the argument; null gives the usual. */
  static BootPlan parse(String text) {
    if (text == null) {
      return BootPlan.USUAL;
    }
    SubOptions options = new SubOptions("-boot", text, "order");
    String order = order(options, "order", BootPlan.USUAL.order());
    String once = order(options, "once", order);
    boolean menu = options.takeSwitch("menu", false);
    int wait = options.takeNumber("splash-time", BootPlan.FIRMWARES_OWN, -1, FOREVER);
    int retry = options.takeNumber("reboot-timeout", BootPlan.FIRMWARES_OWN, -1, FOREVER);
    options.ignore(Set.of("splash", "strict")).end();
    return new BootPlan(order, once, menu, wait, retry);
  }

  private static String order(SubOptions options, String key, String otherwise) {
    String order = options.take(key, otherwise);
    if (!BootPlan.isOrder(order)) {
      throw options.fault(
          "%s is up to three of a, b (floppy), c (disk), d (CD-ROM) and n (network), each once",
          key);
    }
    return order;
  }
}
