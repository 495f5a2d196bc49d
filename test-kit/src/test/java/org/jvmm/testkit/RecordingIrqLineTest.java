package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RecordingIrqLineTest {
  @Test
  void onlyChangesAreEdges() {
    RecordingIrqLine line = new RecordingIrqLine();
    line.set(false);
    line.set(true);
    line.set(true);
    line.pulse();
    line.set(true);
    assertEquals(List.of(true, false, true), line.edges());
    assertEquals(2, line.rises());
    line.forget();
    assertEquals(List.of(), line.edges());
    assertTrue(line.level());
  }
}
