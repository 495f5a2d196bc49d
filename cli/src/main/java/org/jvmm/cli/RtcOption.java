package org.jvmm.cli;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;

/** The argument of {@code -rtc}: base=utc, base=localtime, or base=DATE. */
final class RtcOption {
  private RtcOption() {}

  static LocalDateTime parse(String text) {
    String base = text.startsWith("base=") ? text.substring(5) : "";
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
