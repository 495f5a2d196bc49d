package org.jvmm.pc;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Guided fuzzing of the board with {@code JAZZER_FUZZ=1}; otherwise the kept scripts alone. */
final class BoardJazzerTest {
  @FuzzTest(maxDuration = "10m")
  void anyScriptIsAnswered(byte[] script) {
    try (FuzzedBoard board = new FuzzedBoard()) {
      board.play(script);
    }
  }
}
