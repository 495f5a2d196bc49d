package org.jvmm.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The argument of {@code -m}: MiB, or a number with K, M, G or T, optionally as {@code size=}. */
final class MemorySize {
  private static final Pattern FORM = Pattern.compile("(?:size=)?(\\d{1,12})([kKmMgGtT]?)[bB]?");

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
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new UsageException("-m %s: not a size (examples: 512, 512M, 2G)".formatted(text));
    }
    int shift =
        switch (form.group(2).toLowerCase(Locale.ROOT)) {
          case "k" -> 10;
          case "g" -> 30;
          case "t" -> 40;
          default -> 20;
        };
    long count = Long.parseLong(form.group(1));
    if (count > MOST >> shift || count << shift < 1 << 20) {
      throw new UsageException("-m %s: the guest's RAM must be between 1M and 1T".formatted(text));
    }
    return (count << shift) & -4096L;
  }
}
