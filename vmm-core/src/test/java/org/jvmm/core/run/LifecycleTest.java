package org.jvmm.core.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LifecycleTest {
  @Test
  void theLegalMovesAreTheseAndNoOthers() {
    List<String> moves = new ArrayList<>();
    for (Lifecycle from : Lifecycle.values()) {
      for (Lifecycle to : Lifecycle.values()) {
        if (from.mayBecome(to)) {
          moves.add(from + ">" + to);
        }
      }
    }
    assertEquals(
        List.of(
            "CREATED>RUNNING",
            "CREATED>STOPPED",
            "RUNNING>PAUSED",
            "RUNNING>STOPPED",
            "PAUSED>RUNNING",
            "PAUSED>STOPPED"),
        moves);
  }
}
