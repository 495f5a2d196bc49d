package org.jvmm.cli;

import java.util.Set;

/** The argument of {@code -m}: MiB, or a number with K, M, G or T, optionally as {@code size=}. */
final class MemorySize {
  /** Room for memory that is plugged in while the guest runs: none is. */
  private static final Set<String> HOTPLUG = Set.of("slots", "maxmem");

  private static final int MOST_DIGITS = 12;

  /**
   * The largest RAM that can be asked for: what 4-level paging of the oldest x86-64 hosts
   * addresses.
   */
  private static final long MOST = 1L << 40;

  private MemorySize() {}

  /**
   * Parses the argument.
   *
   * @return bytes, a multiple of 4096
   * @throws UsageException if it is no size, or not between 1 MiB and 1 TiB
   */
  static long parse(String text) {
    SubOptions options = new SubOptions("-m", text, "size");
    String size = options.take("size", "");
    options.ignore(HOTPLUG).end();
    int digits = 0;
    while (digits < size.length() && size.charAt(digits) >= '0' && size.charAt(digits) <= '9') {
      digits++;
    }
    boolean inBytes = size.endsWith("b") || size.endsWith("B");
    int shift =
        switch (size.substring(digits, inBytes ? size.length() - 1 : size.length())) {
          case "k", "K" -> 10;
          case "", "m", "M" -> 20;
          case "g", "G" -> 30;
          case "t", "T" -> 40;
          default -> 0;
        };
    if (digits == 0 || digits > MOST_DIGITS || shift == 0) {
      throw new UsageException("-m %s: not a size (examples: 512, 512M, 2G)".formatted(text));
    }
    long count = Long.parseLong(size.substring(0, digits));
    if (count > MOST >> shift || count << shift < 1 << 20) {
      throw new UsageException("-m %s: the guest's RAM must be between 1M and 1T".formatted(text));
    }
    return (count << shift) & -4096L;
  }
}
