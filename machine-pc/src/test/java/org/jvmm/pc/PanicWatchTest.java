package org.jvmm.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PanicWatchTest {
  @ParameterizedTest
  @CsvSource({
    "'[    1.0] Kernel panic - not syncing: Attempted to kill init!', true",
    "'[    1.0]] Kernel panic - not syncing', true",
    "'# echo Kernel panic - not syncing', false",
    "'[    1.0] Kernel panic - not sync', false",
    "'[ 1.0] Kernel pan[ 2.0] Kernel panic - not syncing', true",
  })
  void onlyTheKernelsOwnMessageCounts(String line, boolean seen) {
    PanicWatch watch = new PanicWatch();
    line.chars().forEach(watch::see);
    assertEquals(seen, watch.seen());
  }
}
