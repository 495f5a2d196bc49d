package org.jvmm.cli;

import java.util.Set;
import org.jvmm.pc.firmware.BootPlan;

/** The argument of {@code -boot}: {@code dca}, or {@code order=,once=,menu=,splash-time=}... */
final class BootOption {
  private static final int FOREVER = 0xffff;

  private BootOption() {}

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
