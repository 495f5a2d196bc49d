package org.jvmm.core.accel;

import java.util.ArrayList;
import java.util.List;

/**
 * What {@code -cpu} asks for: a model and features switched on and off, in QEMU's manner ({@code
 * host,-avx2,+x2apic} or {@code host,avx2=off}).
 *
 * @param name "host", "max", or a model that the accelerator names
 * @param plus features to be on, by their Linux/QEMU names
 * @param minus features to be off
 */
public record CpuModel(String name, List<String> plus, List<String> minus) {
  /** All that the accelerator supports. */
  public static final CpuModel HOST = new CpuModel("host", List.of(), List.of());

  public CpuModel {
    plus = List.copyOf(plus);
    minus = List.copyOf(minus);
  }

  /**
   * Parses {@code -cpu}'s argument.
   *
   * @throws IllegalArgumentException naming the part that is no feature switch
   */
  public static CpuModel parse(String text) {
    String[] parts = text.split(",", -1);
    List<String> plus = new ArrayList<>();
    List<String> minus = new ArrayList<>();
    for (int i = 1; i < parts.length; i++) {
      String part = parts[i].trim();
      boolean on = part.startsWith("+") || part.endsWith("=on");
      boolean off = part.startsWith("-") || part.endsWith("=off");
      boolean signed = part.startsWith("+") || part.startsWith("-");
      String feature =
          signed ? part.substring(1) : part.substring(0, Math.max(0, part.indexOf('=')));
      if (on != off && isFeature(feature)) {
        (on ? plus : minus).add(feature);
      } else {
        throw new IllegalArgumentException(
            "-cpu %s: '%s' is not +feature, -feature, feature=on or feature=off"
                .formatted(text, part));
      }
    }
    if (parts[0].isBlank()) {
      throw new IllegalArgumentException("-cpu %s: the model's name is missing".formatted(text));
    }
    return new CpuModel(parts[0].trim(), plus, minus);
  }

  /** Whether a word can be a feature's name: letters, digits, underscore, point, hyphen. */
  private static boolean isFeature(String word) {
    for (int i = 0; i < word.length(); i++) {
      char each = word.charAt(i);
      if (each >= 0x80 || !Character.isLetterOrDigit(each) && "_.-".indexOf(each) < 0) {
        return false;
      }
    }
    return !word.isEmpty();
  }
}
