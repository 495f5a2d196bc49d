package org.jvmm.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A line that is typed, byte by byte, and shown as it grows: backspace, Ctrl-U, and earlier lines
 * by the arrow keys.
 */
final class LineEditor {
  private static final int LONGEST_LINE = 256, MOST_LINES = 100;
  private static final byte CTRL_U = 0x15, ESCAPE = 0x1b;

  private final Consumer<String> out;
  private final StringBuilder line = new StringBuilder();
  private final List<String> earlier = new ArrayList<>();
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final ByteBuffer partial = ByteBuffer.allocate(8);

  /** Which of the earlier lines is shown; their number for a new one. */
  private int shown;

  /** Where in a key's sequence of bytes we are. */
  private enum Sequence {
    NONE,
    ESCAPED,
    CONTROL
  }

  private Sequence sequence = Sequence.NONE;

  LineEditor(Consumer<String> out) {
    this.out = out;
  }

  /** Takes a byte; the line that it completes, without spaces around it. */
  Optional<String> type(byte key) {
    if (sequence != Sequence.NONE) {
      follow(key);
      return Optional.empty();
    }
    switch (key) {
      case '\r', '\n' -> {
        return Optional.of(enter());
      }
      case '\b', 0x7f -> erase(1);
      case CTRL_U -> erase(line.length());
      case ESCAPE -> sequence = Sequence.ESCAPED;
      default -> {
        if ((key >= ' ' || key < 0) && line.length() < LONGEST_LINE) {
          append(decode(key));
        }
      }
    }
    return Optional.empty();
  }

  /** A key of several bytes (ECMA-48, section 5.4): its last byte says which. */
  private void follow(byte key) {
    if (sequence == Sequence.ESCAPED) {
      sequence = key == '[' || key == 'O' ? Sequence.CONTROL : Sequence.NONE;
    } else if (key >= '@') {
      sequence = Sequence.NONE;
      if (key == 'A' || key == 'B') {
        show(shown + (key == 'A' ? -1 : 1));
      }
    }
  }

  private void show(int index) {
    if (index >= 0 && index <= earlier.size()) {
      shown = index;
      erase(line.length());
      append(index < earlier.size() ? earlier.get(index) : "");
    }
  }

  private String enter() {
    out.accept("\n");
    String entered = line.toString().trim();
    line.setLength(0);
    if (!entered.isEmpty()) {
      earlier.add(entered);
      if (earlier.size() > MOST_LINES) {
        earlier.remove(0);
      }
    }
    shown = earlier.size();
    return entered;
  }

  private void append(String text) {
    line.append(text);
    out.accept(text);
  }

  private void erase(int count) {
    int least = Math.min(count, line.length());
    line.setLength(line.length() - least);
    if (least > 0) {
      out.accept("\b \b".repeat(least));
    }
  }

  /** The characters that a byte completes: in UTF-8 not each does. */
  private String decode(byte key) {
    partial.put(key).flip();
    CharBuffer typed = CharBuffer.allocate(partial.capacity());
    decoder.decode(partial, typed, false);
    partial.compact();
    return typed.flip().toString();
  }
}
