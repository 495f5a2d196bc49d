package org.jvmm.rescue;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jvmm.core.accel.ConfigException;

/** What becomes of an instruction that the accelerator refuses: {@code -accel kvm,rescue=}. */
enum RescueMode {
  /** The CPU in Java executes it. */
  ON("on"),
  /** The machine ends with a report. */
  OFF("off"),
  /** The guest gets an invalid-opcode exception. */
  INJECT_UD("inject-ud");

  private final String text;

  RescueMode(String text) {
    this.text = text;
  }

  static RescueMode parse(String accelerator, String value) {
    for (RescueMode mode : values()) {
      if (mode.text.equals(value)) {
        return mode;
      }
    }
    throw new ConfigException(
        "-accel %s,rescue=%s: rescue is %s"
            .formatted(
                accelerator,
                value,
                Arrays.stream(values()).map(each -> each.text).collect(Collectors.joining(", "))));
  }
}
