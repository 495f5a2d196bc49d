package org.jvmm.cli;

import java.util.Set;
import org.jvmm.pc.firmware.BootPlan;

/**
 * The argument of {@code -boot}: {@code dca}, or {@code order=,once=,menu=,splash-time=}...
 *
 * @param plan from the first reset on
 * @param once the order until then, or null for the plan's
 */
record BootOption(BootPlan plan, String once) {
  private static final int FOREVER = 0xffff;

  /** Parses the argument; null gives the usual. */
  static BootOption parse(String text) {
    if (text == null) {
      return new BootOption(BootPlan.USUAL, null);
    }
    SubOptions options = new SubOptions("-boot", text, "order");
    String order = order(options, "order", BootPlan.USUAL.order());
    String once = order(options, "once", null);
    boolean menu = options.takeSwitch("menu", false);
    int wait = options.takeNumber("splash-time", BootPlan.FIRMWARES_OWN, -1, FOREVER);
    int retry = options.takeNumber("reboot-timeout", BootPlan.FIRMWARES_OWN, -1, FOREVER);
    options.ignore(Set.of("splash", "strict")).end();
    return new BootOption(new BootPlan(order, menu, wait, retry), once);
  }

  private static String order(SubOptions options, String key, String otherwise) {
    String order = options.take(key, otherwise);
    if (order != null && !BootPlan.isOrder(order)) {
      throw options.fault(
          "%s is up to three of a, b (floppy), c (disk), d (CD-ROM) and n (network), each once",
          key);
    }
    return order;
  }

  /** The plan of a machine that has just been switched on. */
  BootPlan first() {
    return once == null ? plan : plan.withOrder(once);
  }
}
