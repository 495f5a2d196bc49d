package org.jvmm.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BatonTest {
  private final Baton baton = new Baton(3, Long.MAX_VALUE / 1_000_000);

  /** On a thread of its own, as a vCPU does; false if it would have to wait. */
  private boolean takes(int id) {
    return takes(baton, id);
  }

  private static boolean takes(Baton baton, int id) {
    FutureTask<Boolean> vcpu = new FutureTask<>(() -> baton.take(id, () -> true));
    new Thread(vcpu, "vcpu" + id).start();
    try {
      return vcpu.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void oneThatNobodyDisputesTakesItAtOnce() {
    assertTrue(takes(2));
  }

  @Test
  void onlyOneExecutes() {
    assertTrue(takes(0));
    assertFalse(takes(1));
  }

  @Test
  void aTurnOutlastsAnExit() {
    baton.ready(0);
    baton.ready(1);
    assertTrue(takes(0));
    baton.leave();
    assertFalse(takes(1), "vCPU 0 is in the VMM and comes back");
    assertTrue(takes(0));
  }

  @Test
  void oneThatStaysAwayLosesItsTurn() {
    Baton impatient = new Baton(2, 0);
    assertTrue(takes(impatient, 0));
    impatient.leave();
    assertTrue(takes(impatient, 1));
  }

  @Test
  void aVcpuThatHaltsGivesItsTurnToTheNext() {
    baton.ready(0);
    baton.ready(1);
    assertTrue(takes(0));
    baton.idle(0);
    assertTrue(takes(1));
  }

  @Test
  void nobodyWaitsForAVcpuThatHasNothingToDo() {
    assertTrue(takes(1));
    baton.idle(1);
    baton.ready(0);
    assertTrue(takes(0));
  }

  @Test
  void oneThatHaltsAndWakesAtOnceComesAfterTheOneThatWaits() {
    assertTrue(baton.take(1, () -> true));
    baton.ready(0);
    baton.idle(1);
    assertFalse(baton.take(1, () -> true), "it is vCPU 0's turn");
    assertTrue(takes(0));
  }

  @Test
  void nobodyWaitsForAVcpuThatWasFasterThanItsWaking() {
    assertTrue(takes(1));
    baton.idle(1); // it has done already what follows is about
    baton.ready(1);
    baton.ready(0);
    baton.rest(1);
    assertTrue(takes(0));
  }

  @Test
  void aVcpuThatWakesIsWanted() {
    assertTrue(takes(0));
    assertFalse(baton.wanted());
    baton.ready(1);
    assertTrue(baton.wanted());
  }

  @Test
  void theSameThreadMayRunTheOtherVcpu() {
    baton.ready(0);
    baton.ready(1);
    assertTrue(baton.take(0, () -> true));
    baton.leave();
    assertTrue(baton.take(1, () -> true));
  }

  @Test
  void theVmmWorksBetweenRuns() {
    assertTrue(takes(0));
    baton.leave();
    int[] ran = new int[1];
    baton.exclusively(() -> ran[0]++);
    assertEquals(1, ran[0]);
    assertTrue(takes(0), "the turn is still vCPU 0's");
  }

  @Test
  void theVmmWaitsForTheEndOfAnExecution() throws InterruptedException {
    assertTrue(takes(0));
    int[] ran = new int[1];
    Thread vmm = new Thread(() -> baton.exclusively(() -> ran[0]++));
    vmm.start();
    while (!baton.wanted()) {
      Thread.onSpinWait();
    }
    assertEquals(0, ran[0]);
    baton.letVmmIn(0);
    vmm.join();
    assertEquals(1, ran[0]);
  }
}
