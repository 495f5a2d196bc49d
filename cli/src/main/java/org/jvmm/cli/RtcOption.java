package org.jvmm.cli;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Set;

/** The argument of {@code -rtc}: base=utc, base=localtime, or base=DATE. */
final class RtcOption {
  /**
   * Keys about QEMU's clocks. Ours goes with the machine's time, which stands while it is paused,
   * and loses no tick.
   */
  private static final Set<String> QEMUS_OWN = Set.of("clock", "driftfix");

  private RtcOption() {}

  static LocalDateTime parse(String text) {
    SubOptions options = new SubOptions("-rtc", text, null);
    String base = options.take("base", "utc");
    options.ignore(QEMUS_OWN).end();
    return switch (base) {
      case "utc" -> LocalDateTime.now(ZoneOffset.UTC);
      case "localtime" -> LocalDateTime.now();
      default -> {
        try {
          yield LocalDateTime.parse(base.contains("T") ? base : base + "T00:00:00");
        } catch (DateTimeParseException e) {
          throw new UsageException(
              "-rtc %s: base is utc, localtime, or a date as 2026-01-31T12:00:00".formatted(text),
              e);
        }
      }
    };
  }
}
