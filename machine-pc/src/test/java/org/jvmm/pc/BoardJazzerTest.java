package org.jvmm.pc;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Guided fuzzing of the board with {@code JAZZER_FUZZ=1}; otherwise the seeds and the kept scripts.
 */
final class BoardJazzerTest {
  /** Long ones, so that the fuzzer does not begin with scripts of two steps. */
  static Stream<Arguments> seeds() {
    return LongStream.range(0, 10)
        .mapToObj(seed -> Arguments.of((Object) BoardFuzzTest.script(seed, 3000)));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "10m")
  void anyScriptIsAnswered(byte[] script) {
    try (FuzzedBoard board = new FuzzedBoard()) {
      board.play(script);
    }
  }
}
