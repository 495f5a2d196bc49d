package org.jvmm.devices.rtc;

import java.time.LocalDateTime;

/**
 * The ten time bytes and the century byte in their encodings: BCD or binary (DM), 24 or 12 hours
 * (MC146818A table 3). Works on the chip's RAM, keeps nothing itself.
 */
final class Calendar {
  static final int SECONDS = 0, SECONDS_ALARM = 1, MINUTES = 2, MINUTES_ALARM = 3;
  static final int HOURS = 4, HOURS_ALARM = 5, DAY_OF_WEEK = 6, DATE = 7, MONTH = 8, YEAR = 9;
  static final int CENTURY = 0x32;

  /** Result of {@link #secondsToAlarm} when the alarm bytes are no time of day. */
  static final int NEVER = Integer.MAX_VALUE;

  private static final int PM = 0x80;

  /** Alarm bytes with both bits set match always. */
  private static final int ANY_BITS = 0xc0;

  private static final int ANY = -1;
  private static final int NONE = -2;

  private final int[] ram;
  private final boolean binary;
  private final boolean hours24;

  Calendar(int[] ram, boolean binary, boolean hours24) {
    this.ram = ram;
    this.binary = binary;
    this.hours24 = hours24;
  }

  /** The time in the bytes; what is out of range carries over. */
  LocalDateTime get() {
    int year = 100 * decode(ram[CENTURY]) + decode(ram[YEAR]);
    return LocalDateTime.of(year, 1, 1, 0, 0)
        .plusMonths(decode(ram[MONTH]) - 1)
        .plusDays(decode(ram[DATE]) - 1)
        .plusHours(decodeHours(ram[HOURS]))
        .plusMinutes(decode(ram[MINUTES]))
        .plusSeconds(decode(ram[SECONDS]));
  }

  /** Sets all bytes, the day of the week too. */
  void set(LocalDateTime time) {
    ram[SECONDS] = encode(time.getSecond());
    ram[MINUTES] = encode(time.getMinute());
    ram[HOURS] = encodeHours(time.getHour());
    ram[DAY_OF_WEEK] = time.getDayOfWeek().getValue() % 7 + 1; // Sunday is 1
    ram[DATE] = encode(time.getDayOfMonth());
    ram[MONTH] = encode(time.getMonthValue());
    ram[YEAR] = encode(Math.floorMod(time.getYear(), 100));
    ram[CENTURY] = encode(Math.floorMod(time.getYear() / 100, 100));
  }

  /** Counts seconds on. The day of the week counts from what the guest made of it. */
  void advance(long seconds) {
    LocalDateTime before = get();
    LocalDateTime after = before.plusSeconds(seconds);
    long days = after.toLocalDate().toEpochDay() - before.toLocalDate().toEpochDay();
    long dayOfWeek = Math.floorMod(ram[DAY_OF_WEEK] - 1 + days, 7L) + 1;
    set(after);
    ram[DAY_OF_WEEK] = (int) dayOfWeek;
  }

  /** Seconds from the time in the bytes to the next update that matches the alarm, 1..86400. */
  int secondsToAlarm() {
    int second = alarmField(ram[SECONDS_ALARM]);
    int minute = alarmField(ram[MINUTES_ALARM]);
    int hour = alarmHour(ram[HOURS_ALARM]);
    if (second == NONE || minute == NONE || hour == NONE) {
      return NEVER;
    }
    int now = get().toLocalTime().toSecondOfDay();
    int at = now + 1;
    while (true) { // ends: all three are in range, so that some second of the day matches
      if (hour != ANY && hour != at / 3600 % 24) {
        at = (at / 3600 + 1) * 3600;
      } else if (minute != ANY && minute != at / 60 % 60) {
        at = (at / 60 + 1) * 60;
      } else if (second != ANY && second != at % 60) {
        at++;
      } else {
        return at - now;
      }
    }
  }

  private int alarmField(int raw) {
    int value = decode(raw);
    return alarm(raw, value, value < 60 && encode(value) == raw);
  }

  private int alarmHour(int raw) {
    int value = decodeHours(raw);
    return alarm(raw, value, value < 24 && encodeHours(value) == raw);
  }

  private static int alarm(int raw, int value, boolean valid) {
    if ((raw & ANY_BITS) == ANY_BITS) {
      return ANY;
    }
    return valid ? value : NONE;
  }

  private int decode(int raw) {
    return binary ? raw : (raw >> 4) * 10 + (raw & 0xf);
  }

  private int encode(int value) {
    return binary ? value : value / 10 << 4 | value % 10;
  }

  private int decodeHours(int raw) {
    if (hours24) {
      return decode(raw);
    }
    return decode(raw & ~PM) % 12 + ((raw & PM) != 0 ? 12 : 0);
  }

  private int encodeHours(int hour) {
    if (hours24) {
      return encode(hour);
    }
    int twelve = hour % 12 == 0 ? 12 : hour % 12;
    return encode(twelve) | (hour >= 12 ? PM : 0);
  }
}
