package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.time.VmTimer;

final class ManualClockTest {
  private final ManualClock clock = new ManualClock();
  private final List<String> log = new ArrayList<>();

  private VmTimer timer(String name) {
    return clock.timer(this, () -> log.add(name + "@" + clock.nanos()));
  }

  @Test
  void timersExpireInTheOrderOfTheirDeadlinesAtTheirDeadlines() {
    timer("late").arm(30);
    timer("early").arm(10);
    timer("beyond").arm(41);
    clock.advance(40);
    assertEquals(List.of("early@10", "late@30"), log);
    assertEquals(40, clock.nanos());
    assertEquals(41, clock.nextDeadline());
  }

  @Test
  void aDeadlineInThePastExpiresAtTheNextAdvanceOnly() {
    clock.advance(100);
    timer("past").arm(50);
    assertEquals(List.of(), log);
    clock.advance(0);
    assertEquals(List.of("past@100"), log);
  }

  @Test
  void armingAgainReplacesTheDeadlineAndCancelRemovesIt() {
    VmTimer timer = timer("moved");
    timer.arm(10);
    timer.arm(20);
    clock.advance(15);
    assertEquals(List.of(), log);
    timer.cancel();
    clock.advance(100);
    assertEquals(List.of(), log);
    assertEquals(VmTimer.NEVER, timer.deadline());
  }

  @Test
  void aTimerThatRearmsWithoutEndIsAnError() {
    VmTimer[] timer = new VmTimer[1];
    timer[0] = clock.timer(this, () -> timer[0].arm(clock.nanos()));
    timer[0].arm(5);
    assertThrows(AssertionError.class, () -> clock.advance(10));
  }
}
