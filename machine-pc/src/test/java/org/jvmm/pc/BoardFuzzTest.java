package org.jvmm.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever a guest does to the board's registers, no chip throws, hangs or grows. */
final class BoardFuzzTest {
  /** Far beyond what a run takes: only a hang is to be found. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(5);

  private static final int SCRIPT = 50_000;

  static byte[] script(long seed, int length) {
    byte[] script = new byte[length];
    new Random(seed).nextBytes(script);
    return script;
  }

  private static void play(long seed) {
    assertTimeoutPreemptively(
        TIME_LIMIT,
        () -> {
          try (FuzzedBoard board = new FuzzedBoard()) {
            board.play(script(seed, SCRIPT));
          } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
          }
        },
        () -> "seed " + seed + " hangs");
  }

  @Test
  void randomAccessesAreAnsweredByEveryChip() {
    for (int seed = 1; seed <= 10; seed++) {
      play(seed);
    }
  }

  @Tag("soak")
  @Test
  void manyRandomAccessesAreAnsweredByEveryChip() {
    for (int seed = 1000; seed < 1600; seed++) {
      play(seed);
    }
  }

  @Test
  void theScriptsReachEveryChip() {
    Set<String> missed = new TreeSet<>();
    try (FuzzedBoard board = new FuzzedBoard()) {
      missed.addAll(board.present());
      board.play(script(7, 2 * SCRIPT));
      missed.removeAll(board.touched());
    }
    assertEquals(Set.of(), missed);
  }

  @Test
  void theBoardKeepsNoMoreAfterMoreAccesses() {
    try (FuzzedBoard board = new FuzzedBoard()) {
      board.play(script(8, SCRIPT));
      long before = live();
      board.play(script(9, 8 * SCRIPT));
      long grown = live() - before;
      assertTrue(grown < 4 << 20, "grown by " + grown);
    }
  }

  private static long live() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
