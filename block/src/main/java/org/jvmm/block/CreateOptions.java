package org.jvmm.block;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jvmm.core.accel.NearestName;

/**
 * Options of a new image by qemu-img's names ({@code cluster_size}, {@code preallocation}, ...). A
 * format asks for those that it knows and then calls {@link #done}, which refuses the rest.
 */
public final class CreateOptions {
  private final Map<String, String> given;
  private final TreeSet<String> known = new TreeSet<>();

  /** With the options as the user gave them. */
  public CreateOptions(Map<String, String> given) {
    this.given = new TreeMap<>(given);
  }

  /** A text; the default if it is not given. */
  public String text(String name, String otherwise) {
    known.add(name);
    return given.getOrDefault(name, otherwise);
  }

  /** One of several words. */
  public String choice(String name, String otherwise, String... choices) throws ImageException {
    String value = text(name, otherwise);
    if (!Arrays.asList(choices).contains(value)) {
      throw new ImageException(
          "%s=%s is unknown; known are %s".formatted(name, value, String.join(", ", choices)));
    }
    return value;
  }

  /** {@code on} or {@code off}. */
  public boolean flag(String name, boolean otherwise) throws ImageException {
    List<String> on = List.of("on", "yes", "true");
    return on.contains(
        choice(name, otherwise ? "on" : "off", "on", "off", "yes", "no", "true", "false"));
  }

  /** A number of bytes with an optional suffix k, M, G, T, P or E, powers of 1024. */
  public long size(String name, long otherwise) throws ImageException {
    String value = text(name, null);
    return value == null ? otherwise : parseSize(name, value);
  }

  /** Reads a size as qemu-img does: {@code 10G}, {@code 1.5M}, {@code 512}. */
  public static long parseSize(String name, String text) throws ImageException {
    String digits = text.strip();
    int shift = 0;
    if (!digits.isEmpty()) {
      int unit = "bkmgtpe".indexOf(Character.toLowerCase(digits.charAt(digits.length() - 1)));
      if (unit >= 0) {
        shift = 10 * unit;
        digits = digits.substring(0, digits.length() - 1);
      }
    }
    if (!digits.matches("[0-9]{1,19}(\\.[0-9]{1,9})?")) {
      throw new ImageException("%s=%s is no size (such as 512, 64k, 1.5G)".formatted(name, text));
    }
    var bytes = new BigDecimal(digits);
    var exact = bytes.multiply(new BigDecimal(1L << shift)).toBigInteger();
    if (exact.bitLength() > 63) {
      throw new ImageException("%s=%s is more than 2^63 - 1 bytes".formatted(name, text));
    }
    return exact.longValue();
  }

  /** Refuses an option that no one has asked for. */
  public void done(String format) throws ImageException {
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw new ImageException(
            "%s has no option %s%s; it has %s"
                .formatted(
                    format,
                    name,
                    NearestName.of(name, known).map(" (meant: %s?)"::formatted).orElse(""),
                    known.isEmpty() ? "none" : String.join(", ", known)));
      }
    }
  }
}
