package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class MonitorTest {
  private final StringBuilder screen = new StringBuilder();
  private final Monitor monitor = new Monitor(screen::append);

  private void type(String text) {
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      monitor.type(each);
    }
  }

  @Test
  void aCharacterOfSeveralBytesIsShownAndErasedAsOne() {
    type("aü");
    assertEquals("aü", screen.toString());
    type("\177\177\177");
    assertEquals("aü\b \b\b \b", screen.toString());
  }

  @Test
  void anEarlierLineComesBackByTheArrowKeys() {
    LineEditor editor = new LineEditor(screen::append);
    String entered = "";
    for (byte each : "one\rtwo\r\33[A\33[A\33[B\33[A!\r".getBytes(StandardCharsets.UTF_8)) {
      entered = editor.type(each).orElse(entered);
    }
    assertEquals("one!", entered);
  }

  @Test
  void otherKeysThanArrowsTypeNothing() {
    type("a\33[3~\33OPb");
    assertEquals("ab", screen.toString());
  }

  @Test
  void controlUTakesTheLineAway() {
    type("abc\25d");
    assertEquals("abc\b \b\b \b\b \bd", screen.toString());
  }
}
