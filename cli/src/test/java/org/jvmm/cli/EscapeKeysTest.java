package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class EscapeKeysTest {
  private final StringBuilder log = new StringBuilder();
  private final EscapeKeys keys =
      new EscapeKeys(
          new EscapeKeys.Sink() {
            @Override
            public void typed(byte key) {
              log.append((char) key);
            }

            @Override
            public void command(EscapeKeys.Command command) {
              log.append('<').append(command).append('>');
            }
          });

  private String typed(String text) {
    for (byte each : text.getBytes(StandardCharsets.ISO_8859_1)) {
      keys.type(each);
    }
    return log.toString();
  }

  @Test
  void ordinaryKeysGoToTheGuestCtrlCToo() {
    assertEquals("ls\r\u0003", typed("ls\r\u0003"));
  }

  @Test
  void ctrlAThenALetterIsACommandInEitherCase() {
    assertEquals(
        "<QUIT><QUIT><SWITCH><HELP><HELP><BREAK>",
        typed("\u0001x\u0001X\u0001c\u0001h\u0001?\u0001b"));
  }

  @Test
  void ctrlATwiceIsOneCtrlAForTheGuest() {
    assertEquals("a\u0001b", typed("a\u0001\u0001b"));
  }

  @Test
  void anUnknownPairIsDropped() {
    assertEquals("z", typed("\u0001qz"));
  }
}
