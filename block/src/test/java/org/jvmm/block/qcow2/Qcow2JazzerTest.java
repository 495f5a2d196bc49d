package org.jvmm.block.qcow2;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Guided fuzzing with {@code JAZZER_FUZZ=1}; otherwise the seeds alone. */
final class Qcow2JazzerTest {
  static Stream<Arguments> seeds() throws IOException {
    return Qcow2FuzzTest.soundImages().stream().map(image -> Arguments.of((Object) image));
  }

  @MethodSource("seeds")
  @FuzzTest
  void anyFileIsReadOrRefused(byte[] file) {
    Qcow2FuzzTest.use(file);
  }
}
