package org.jvmm.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jvmm.core.accel.IrqchipMode;

/**
 * The argument of {@code -accel}: a name, then {@code key=value} switches. QEMU's {@code tcg} means
 * the CPU in Java.
 *
 * @param name "auto", "kvm", "soft"
 * @param irqchip {@code kernel-irqchip=on|split|off}, or null for the accelerator's best
 * @param options the rest, for the accelerator itself
 */
record AccelOption(String name, IrqchipMode irqchip, Map<String, String> options) {
  /**
   * QEMU's name for a CPU in software, and its switches, which change nothing that a guest sees.
   */
  private static final String TCG = "tcg";

  private static final Set<String> TCGS_OWN = Set.of("thread", "tb-size", "split-wx");

  static AccelOption parse(String text) {
    String[] parts = text.split(",", -1);
    IrqchipMode irqchip = null;
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals <= 0) {
        throw new UsageException("-accel %s: '%s' is not key=value".formatted(text, parts[i]));
      }
      String key = parts[i].substring(0, equals);
      String value = parts[i].substring(equals + 1);
      if (key.equals("kernel-irqchip")) {
        irqchip = irqchip(text, value);
      } else {
        options.put(key, value);
      }
    }
    String name = parts[0].toLowerCase(Locale.ROOT);
    if (name.equals(TCG)) {
      options.keySet().removeAll(TCGS_OWN);
      name = "soft";
    }
    return new AccelOption(name, irqchip, options);
  }

  private static IrqchipMode irqchip(String text, String value) {
    return switch (value) {
      case "on" -> IrqchipMode.KERNEL;
      case "split" -> IrqchipMode.SPLIT;
      case "off" -> IrqchipMode.USER;
      default ->
          throw new UsageException("-accel %s: kernel-irqchip is on, split or off".formatted(text));
    };
  }
}
