package org.jvmm.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HostClockTest {
  private final HostClock clock = new HostClock();

  @AfterEach
  void close() {
    clock.close();
  }

  @Test
  void timeStandsUntilResumedAndWhilePaused() throws InterruptedException {
    assertEquals(0, clock.nanos());
    clock.resume();
    Thread.sleep(2);
    clock.pause();
    long stood = clock.nanos();
    assertTrue(stood >= 2_000_000, "2 ms have passed: " + stood);
    Thread.sleep(2);
    assertEquals(stood, clock.nanos());
    clock.resume();
    assertTrue(clock.nanos() >= stood);
  }

  @Test
  void aTimerExpiresUnderItsOwnersMonitorAndNotBeforeItsDeadline() throws InterruptedException {
    Object owner = new Object();
    CountDownLatch expired = new CountDownLatch(1);
    AtomicBoolean held = new AtomicBoolean();
    long[] at = new long[1];
    VmTimer timer =
        clock.timer(
            owner,
            () -> {
              held.set(Thread.holdsLock(owner));
              at[0] = clock.nanos();
              expired.countDown();
            });
    timer.arm(3_000_000);
    clock.resume();
    assertTrue(expired.await(10, TimeUnit.SECONDS));
    assertTrue(held.get());
    assertTrue(at[0] >= 3_000_000, "expired at " + at[0]);
    assertEquals(VmTimer.NEVER, timer.deadline());
  }

  @Test
  void aCancelledTimerDoesNotExpire() throws InterruptedException {
    AtomicBoolean expired = new AtomicBoolean();
    VmTimer timer = clock.timer(this, () -> expired.set(true));
    CountDownLatch later = new CountDownLatch(1);
    VmTimer other = clock.timer(this, later::countDown);
    timer.arm(1_000_000);
    other.arm(5_000_000);
    timer.cancel();
    clock.resume();
    assertTrue(later.await(10, TimeUnit.SECONDS));
    assertFalse(expired.get());
  }

  @Test
  void aDeadlineThatHasPassedExpiresAtOnceButNotInsideArm() throws InterruptedException {
    clock.resume();
    CountDownLatch expired = new CountDownLatch(1);
    Thread[] on = new Thread[1];
    VmTimer timer =
        clock.timer(
            this,
            () -> {
              on[0] = Thread.currentThread();
              expired.countDown();
            });
    timer.arm(-5);
    assertTrue(expired.await(10, TimeUnit.SECONDS));
    assertEquals("vm-clock", on[0].getName());
  }
}
