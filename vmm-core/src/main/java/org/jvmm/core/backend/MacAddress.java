package org.jvmm.core.backend;

import java.util.regex.Pattern;

/**
 * An Ethernet address (IEEE 802.3 section 3.2.3).
 *
 * @param bits the six bytes, the first on the wire being the most significant
 */
public record MacAddress(long bits) {
  /** Its bytes. */
  public static final int SIZE = 6;

  private static final Pattern FORM = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");

  public MacAddress {
    if (bits >>> 8 * SIZE != 0) {
      throw new IllegalArgumentException("%#x is no Ethernet address".formatted(bits));
    }
  }

  /**
   * Reads six bytes in hexadecimal with colons between.
   *
   * @throws IllegalArgumentException if the text is no such thing, or a group address
   */
  public static MacAddress parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException("'%s' is not like 52:54:00:12:34:56".formatted(text));
    }
    MacAddress address = new MacAddress(Long.parseLong(text.replace(":", ""), 16));
    if ((address.at(0) & 1) != 0) {
      throw new IllegalArgumentException("%s is a group's address, not a card's".formatted(text));
    }
    return address;
  }

  /**
   * A byte of it, 0..255.
   *
   * @param index 0 to 5, as on the wire
   */
  public int at(int index) {
    return (int) (bits >> 8 * (SIZE - 1 - index)) & 0xFF;
  }

  @Override
  public String toString() {
    return "%012x".formatted(bits).replaceAll("..(?!$)", "$0:");
  }
}
