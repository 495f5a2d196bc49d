package org.jvmm.block;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Guided fuzzing with {@code JAZZER_FUZZ=1}; otherwise the seeds and the kept scripts alone. */
final class ImageJazzerTest {
  /** Each image once, writable, with room for some changes. */
  static Stream<Arguments> seeds() {
    byte[] script = new byte[60];
    new Random(1).nextBytes(script);
    script[1] |= 1;
    return IntStream.range(0, SoundImages.all().size())
        .mapToObj(
            i -> {
              byte[] seed = script.clone();
              seed[0] = (byte) i;
              return Arguments.of((Object) seed);
            });
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "10m")
  void aDamagedImageIsRefusedByNameOrUsable(byte[] script) {
    DamagedImage.of(script).use();
  }
}
