package org.jvmm.block;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Guided fuzzing with {@code JAZZER_FUZZ=1}; otherwise the seeds and the kept scripts alone. */
final class ImageJazzerTest {
  /** Each image once, sound and writable. */
  static Stream<Arguments> seeds() {
    return IntStream.range(0, SoundImages.all().size())
        .mapToObj(i -> Arguments.of((Object) new byte[] {(byte) i, 1, 9, 0, 0, 0}));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "10m")
  void aDamagedImageIsRefusedByNameOrUsable(byte[] script) {
    DamagedImage.of(script).use();
  }
}
