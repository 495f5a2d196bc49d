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
}
