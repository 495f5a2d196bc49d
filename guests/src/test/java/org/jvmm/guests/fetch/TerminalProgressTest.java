package org.jvmm.guests.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();

  private String run(boolean terminal) {
    var progress = new TerminalProgress(new PrintStream(bytes, true), terminal, clock::get);
    progress.begin("kernel", 10 << 20, 2 << 20);
    clock.set(2_000_000_000L);
    progress.advance(3 << 20);
    progress.end();
    progress.note("done");
    return bytes.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void aTerminalGetsABarThatIsRedrawnInPlace() {
    String drawn = run(true);
    assertTrue(drawn.startsWith("\r\u001b[Kkernel [######........................] 2.0 MiB of"));
    assertTrue(drawn.contains("[###############...............] 5.0 MiB of 10.0 MiB  1.5 MiB/s"));
    assertTrue(drawn.endsWith("\n\r\u001b[Kdone\n"));
  }

  @Test
  void aFileGetsPlainLines() {
    assertEquals("kernel (10.0 MiB)\ndone\n", run(false));
  }
}
