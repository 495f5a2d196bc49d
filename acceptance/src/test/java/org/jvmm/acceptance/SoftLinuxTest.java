package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.run.Outcome;
import org.jvmm.guests.GuestRecipe;

/** The default guest boots on the CPU written in Java. */
final class SoftLinuxTest {
  @Test
  @Timeout(600)
  void debianRunsACommandAndPowersOff() throws IOException, InterruptedException {
    SoftGuestRun run = SoftGuestRun.of(GuestRecipe.DEBIAN, 512, "uname -m; echo sum $((6 * 7))");
    String text = run.console();
    assertEquals(
        Outcome.Kind.POWER_OFF, run.outcome().kind(), () -> run.outcome().report() + "\n" + text);
    assertTrue(
        text.contains("x86_64") && text.contains("sum 42") && text.contains("jvmm: exit 0"), text);
  }
}
