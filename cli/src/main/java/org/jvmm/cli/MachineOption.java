package org.jvmm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The argument of {@code -machine}: "pc", with {@code accel=NAMES} and {@code kernel-irqchip=}. */
final class MachineOption {
  /** Properties that change nothing here; what they name is not there either way. */
  private static final Set<String> NO_PART =
      Set.of(
          "usb",
          "vmport",
          "dump-guest-core",
          "mem-merge",
          "hpet",
          "smm",
          "nvdimm",
          "graphics",
          "pcspk-audiodev",
          "suppress-vmdesc");

  private MachineOption() {}

  /**
   * What {@code -accel} amounts to when {@code -machine}'s switches are taken in.
   *
   * @return the accelerators in the order in which they are tried, at least one
   */
  static List<String> accels(Options options) {
    SubOptions machine = new SubOptions("-machine", options.machine, "type");
    String type = machine.take("type", "pc");
    if (!type.equals("pc") && !type.matches("pc-i440fx-[\\d.]+")) {
      throw machine.fault("'%s' is not known; the machine is pc", type);
    }
    String names = machine.take("accel");
    String irqchip = machine.take("kernel-irqchip");
    machine.ignore(NO_PART).end();
    String switches = irqchip == null ? "" : ",kernel-irqchip=" + irqchip;
    List<String> accels = new ArrayList<>();
    for (String name : names == null ? usual(options) : List.of(names.split(":"))) {
      accels.add(name + switches);
    }
    return accels;
  }

  private static List<String> usual(Options options) {
    if (options.enableKvm || options.noKvm) {
      return List.of(options.enableKvm ? "kvm" : "soft");
    }
    return options.accels.isEmpty() ? List.of("auto") : options.accels;
  }
}
