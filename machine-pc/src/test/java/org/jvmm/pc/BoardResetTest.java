package org.jvmm.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After the reset line, a guest finds in every register what it finds after power-on. */
final class BoardResetTest {
  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
  void everyRegisterIsAsAfterPowerOnWhateverTheGuestHasDone(long seed) {
    try (FuzzedBoard fresh = new FuzzedBoard();
        FuzzedBoard used = new FuzzedBoard()) {
      Map<String, String> expected = fresh.registers();
      for (int pass = 0; pass < 2; pass++) {
        used.play(BoardFuzzTest.script(seed + 100 * pass, 20_000));
        used.completeAll(); // a drive is busy until the host is done with the old request
        used.reset();
        assertEquals(List.of(), differences(expected, used.registers()));
      }
    }
  }

  private static List<String> differences(Map<String, String> one, Map<String, String> other) {
    Set<String> names = new TreeSet<>(one.keySet());
    names.addAll(other.keySet());
    return names.stream()
        .filter(name -> !Objects.equals(one.get(name), other.get(name)))
        .map(name -> "%s: %s, not %s".formatted(name, other.get(name), one.get(name)))
        .toList();
  }
}
