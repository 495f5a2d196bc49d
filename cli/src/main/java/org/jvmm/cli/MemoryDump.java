package org.jvmm.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jvmm.core.mem.GuestMemory;

/** The monitor's {@code xp}, in QEMU's format; what is left out of FMT is as the time before. */
final class MemoryDump {
  private static final String USAGE = "Error: usage: xp [/[COUNT][x|d|u|o|c][b|h|w|g]] ADDR\n";
  private static final Pattern ARGUMENTS =
      Pattern.compile("(?:/(\\d{0,6})([xduocbhwg]{0,4})\\s+)?(0[xX][0-9a-fA-F]{1,16}|\\d{1,18})");

  /** Units that are shown at most: a screen is enough, and the guest waits for no terminal. */
  private static final int MAX_COUNT = 65536;

  private char format = 'x';
  private int size = 4;

  /**
   * Shows memory.
   *
   * @param arguments FMT and ADDR
   */
  String show(String arguments, GuestMemory memory) {
    Matcher found = ARGUMENTS.matcher(arguments.strip());
    if (!found.matches()) {
      return USAGE;
    }
    int count = part(found, 1).isEmpty() ? 1 : Integer.parseInt(found.group(1));
    part(found, 2).chars().forEach(this::use);
    return lines(memory, address(found.group(3)), Math.min(count, MAX_COUNT));
  }

  private void use(int letter) {
    int power = "bhwg".indexOf(letter);
    if (power < 0) {
      format = (char) letter;
    } else {
      size = 1 << power;
    }
  }

  private static String part(Matcher found, int group) {
    return found.group(group) == null ? "" : found.group(group);
  }

  private static long address(String text) {
    boolean hex = text.startsWith("0x") || text.startsWith("0X");
    return hex ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
  }

  private String lines(GuestMemory memory, long first, int count) {
    int width = format == 'c' ? 1 : size;
    int perLine = (width == 1 ? 8 : 16) / width;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      long at = first + (long) i * width;
      if (!memory.backed(at, width)) {
        return text
            + (i % perLine == 0 ? "" : "\n")
            + "Cannot access memory at 0x%x%n".formatted(at);
      }
      text.append(i % perLine == 0 ? "%016x:".formatted(at) : "");
      text.append(' ').append(value(memory, at, width));
      text.append(i % perLine == perLine - 1 || i == count - 1 ? "\n" : "");
    }
    return text.toString();
  }

  private String value(GuestMemory memory, long at, int width) {
    long value =
        switch (width) {
          case 1 -> memory.read8(at);
          case 2 -> memory.read16(at);
          case 4 -> memory.read32(at) & 0xFFFF_FFFFL;
          default -> memory.read64(at);
        };
    int bits = 8 * width;
    String digits = "%" + (bits * 10 + 32) / 33 + "s";
    return switch (format) {
      case 'x' -> ("0x%0" + bits / 4 + "x").formatted(value);
      case 'o' -> ("%#" + (bits + 2) / 3 + "o").formatted(value);
      case 'd' -> digits.formatted(value << 64 - bits >> 64 - bits);
      case 'u' -> digits.formatted(Long.toUnsignedString(value));
      default -> character((int) value);
    };
  }

  private static String character(int value) {
    return switch (value) {
      case '\n' -> "'\\n'";
      case '\r' -> "'\\r'";
      case '\t' -> "'\\t'";
      case '\\' -> "'\\\\'";
      case '\'' -> "'\\''";
      default ->
          value >= 32 && value < 127 ? "'%c'".formatted(value) : "'\\x%02x'".formatted(value);
    };
  }
}
