package org.jvmm.cli;

import java.util.Map;
import java.util.SortedMap;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciFunction.BaseAddress;

/** What {@code info pci} prints: QEMU's lines. */
final class PciReport {
  /** By base class and sub-class (PCI 3.0 appendix D), in QEMU's words. */
  private static final Map<Integer, String> CLASSES =
      Map.of(
          0x0101, "IDE controller",
          0x0200, "Ethernet controller",
          0x0300, "VGA controller",
          0x0600, "Host bridge",
          0x0601, "ISA bridge",
          0x0680, "Bridge");

  private PciReport() {}

  /**
   * The lines for each function.
   *
   * @param functions by slot in bits 7:3 and function in bits 2:0
   */
  static String of(SortedMap<Integer, PciFunction> functions) {
    StringBuilder text = new StringBuilder();
    functions.forEach((devfn, function) -> append(text, devfn, function));
    return text.toString();
  }

  private static void append(StringBuilder text, int devfn, PciFunction function) {
    int code = function.config(PciConfig.CLASS_CODE + 1, 2);
    text.append("  Bus  0, device %3d, function %d:%n".formatted(devfn >> 3, devfn & 7));
    text.append("    %s: ".formatted(CLASSES.getOrDefault(code, "Class %04d".formatted(code))));
    text.append("PCI device %s%n".formatted(ids(function, PciConfig.VENDOR_ID)));
    if (function.config(PciConfig.SUBSYSTEM_VENDOR_ID, 4) != 0) {
      text.append(
          "      PCI subsystem %s%n".formatted(ids(function, PciConfig.SUBSYSTEM_VENDOR_ID)));
    }
    int pin = function.config(PciConfig.INTERRUPT_PIN, 1);
    if (pin != 0) {
      int line = function.config(PciConfig.INTERRUPT_LINE, 1);
      text.append("      IRQ %d, pin %c%n".formatted(line, 'A' + pin - 1));
    }
    for (BaseAddress bar : function.baseAddresses()) {
      text.append("      BAR%d: %s%n".formatted(bar.number(), range(bar)));
    }
    text.append("      id \"%s\"%n".formatted(function.name()));
  }

  /** Vendor and device, which lie side by side. */
  private static String ids(PciFunction function, int offset) {
    return "%04x:%04x".formatted(function.config(offset, 2), function.config(offset + 2, 2));
  }

  private static String range(BaseAddress bar) {
    long last = bar.base() + bar.size() - 1;
    if (bar.io()) {
      return "I/O at 0x%04x [0x%04x].".formatted(bar.base(), last);
    }
    String kind = (bar.wide() ? "64 bit" : "32 bit") + (bar.prefetchable() ? " prefetchable" : "");
    return "%s memory at 0x%08x [0x%08x].".formatted(kind, bar.base(), last);
  }
}
