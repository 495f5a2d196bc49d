package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.block.SoundImages.Sound;

/** Images of every format, damaged at random: what is wrong is named, or they work; never worse. */
final class ImageFuzzTest {
  /** Far beyond what one image takes: only a hang is to be found. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(1);

  @TempDir Path directory;

  static List<Sound> sound() {
    return SoundImages.all();
  }

  private static void fuzz(Sound sound, long seed, int rounds) {
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      byte[] script = new byte[2 + random.nextInt(40)];
      random.nextBytes(script);
      try {
        assertTimeoutPreemptively(TIME_LIMIT, () -> new DamagedImage(sound, script).use());
      } catch (Throwable e) {
        String hex = HexFormat.of().formatHex(script);
        throw new AssertionError("%s, script %s: %s".formatted(sound, hex, e), e);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sound")
  void aSoundImageIsUsable(Sound sound) {
    assertNull(new DamagedImage(sound, new byte[] {0, 0}).use());
    // Written once, only read, no change of size with a snapshot.
    boolean refuses = sound.name().matches(".*(streamOptimized|vhdx|compat=0.10).*");
    String refusal = new DamagedImage(sound, new byte[] {0, 1}).use();
    assertEquals(refuses, refusal != null, refusal);
  }

  @ParameterizedTest
  @MethodSource("sound")
  void aDamagedImageIsRefusedByNameOrUsable(Sound sound) {
    fuzz(sound, 1, 150);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("sound")
  void manyDamagedImagesAreRefusedByNameOrUsable(Sound sound) {
    fuzz(sound, 2, 20_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vmdk"})
  void aCycleOfBackingFilesIsNamed(String format) throws IOException {
    Path lower = directory.resolve("lower." + format);
    Path upper = directory.resolve("upper." + format);
    Images.create(lower, format, 1 << 20, new CreateOptions(Map.of()));
    Map<String, String> over =
        Map.of("backing_file", lower.getFileName().toString(), "backing_fmt", format);
    Images.create(upper, format, -1, new CreateOptions(over));
    Files.delete(lower);
    Files.copy(upper, lower);
    for (Path each : List.of(lower, upper)) {
      ImageException refused =
          assertThrows(
              ImageException.class, () -> Images.open(each, format, OpenOptions.READ_ONLY));
      assertTrue(refused.getMessage().contains("cycle"), refused::getMessage);
    }
  }

  @Test
  void aChainOfBackingFilesHasAnEnd() throws IOException {
    Path first = directory.resolve("000");
    Path second = directory.resolve("001");
    Images.create(first, "qcow2", 1 << 20, new CreateOptions(Map.of()));
    Images.create(
        second,
        "qcow2",
        1 << 20,
        new CreateOptions(Map.of("backing_file", "000", "backing_fmt", "qcow2")));
    String bytes = Files.readString(second, StandardCharsets.ISO_8859_1);
    int count = Images.LONGEST_CHAIN + 1;
    for (int i = 2; i <= count; i++) {
      String above = bytes.replace("000", "%03d".formatted(i - 1));
      Files.writeString(directory.resolve("%03d".formatted(i)), above, StandardCharsets.ISO_8859_1);
    }
    Path last = directory.resolve("%03d".formatted(count));
    ImageException refused =
        assertThrows(ImageException.class, () -> Images.open(last, null, OpenOptions.READ_ONLY));
    assertTrue(refused.getMessage().contains("in a chain"), refused::getMessage);
  }
}
