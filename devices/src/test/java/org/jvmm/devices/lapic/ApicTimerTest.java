package org.jvmm.devices.lapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.time.VmTimer;
import org.jvmm.testkit.SnapshotCheck;

/** The timer through the local APIC's registers (SDM vol. 3 section 11.5.4). */
final class ApicTimerTest {
  private static final int VECTOR = 0xec, MASKED = 1 << 16, PERIODIC = 1 << 17, DEADLINE = 2 << 17;
  private static final int BY_1 = 0b1011, BY_16 = 0b0011, TSC_DEADLINE = 0x6e0;

  private final ApicSystem system = new ApicSystem(1);
  private final LocalApicDevice apic = system.apic(0);

  private void lvt(int value) {
    system.write(0, ApicReg.LVT_TIMER, value);
  }

  private void start(long count) {
    system.write(0, ApicReg.INITIAL_COUNT, count);
  }

  private int current() {
    return system.read(0, ApicReg.CURRENT_COUNT);
  }

  private boolean interrupted() {
    return !system.serveAll(0).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0,2", "1,4", "2,8", "3,16", "8,32", "9,64", "10,128", "11,1"})
  void theDivideConfigurationSlowsTheCount(int configuration, int divisor) {
    system.write(0, ApicReg.DIVIDE, configuration);
    assertEquals(configuration, system.read(0, ApicReg.DIVIDE));
    lvt(VECTOR);
    start(1000);
    system.clock.advance(10L * divisor);
    assertEquals(990, current());
    system.clock.advance(990L * divisor - 1);
    assertFalse(apic.pending());
    system.clock.advance(1);
    assertEquals(List.of(VECTOR), system.serveAll(0));
  }

  @Test
  void oneShotStopsAtZero() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR);
    start(500);
    system.clock.advance(500);
    assertTrue(interrupted());
    system.clock.advance(10_000);
    assertEquals(0, current());
    assertEquals(500, system.read(0, ApicReg.INITIAL_COUNT));
    assertFalse(interrupted());
    assertEquals(VmTimer.NEVER, system.clock.nextDeadline());
  }

  @Test
  void periodicReloadsWithoutDrift() {
    system.write(0, ApicReg.DIVIDE, BY_16);
    lvt(VECTOR | PERIODIC);
    system.clock.advance(7);
    start(62_501);
    for (int i = 1; i <= 1000; i++) {
      long deadline = system.clock.nextDeadline();
      assertEquals(7 + i * 62_501L * 16, deadline);
      system.clock.advance(deadline - system.clock.nanos());
      assertTrue(interrupted());
      assertEquals(62_501, current());
    }
  }

  @Test
  void shortPeriodsAreMergedAndKeepTheirPhase() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR | PERIODIC);
    start(3);
    int interrupts = 0;
    for (int i = 0; i < 1000; i++) {
      system.clock.advance(ApicTimer.MIN_PERIOD_NANOS / 10);
      interrupts += interrupted() ? 1 : 0;
    }
    assertTrue(interrupts >= 95 && interrupts <= 101, "" + interrupts);
    assertEquals(3 - system.clock.nanos() % 3, current());
  }

  @Test
  void theCountRunsOnWhileMaskedAndInterruptsAreLost() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR | MASKED);
    start(100_000);
    assertEquals(VmTimer.NEVER, system.clock.nextDeadline());
    system.clock.advance(40_000);
    assertEquals(60_000, current());
    system.clock.advance(60_000);
    lvt(VECTOR);
    system.clock.advance(1_000_000);
    assertFalse(interrupted());
  }

  @Test
  void unmaskingInTimeInterrupts() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR | MASKED);
    start(100_000);
    system.clock.advance(99_000);
    lvt(VECTOR);
    system.clock.advance(1_000);
    assertTrue(interrupted());
  }

  @Test
  void anInitialCountOfZeroStops() {
    lvt(VECTOR | PERIODIC);
    start(1000);
    start(0);
    system.clock.advance(1_000_000);
    assertFalse(interrupted());
    assertEquals(0, current());
  }

  @Test
  void aNewInitialCountStartsOver() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR);
    start(1000);
    system.clock.advance(900);
    start(1000);
    system.clock.advance(999);
    assertFalse(interrupted());
    system.clock.advance(1);
    assertTrue(interrupted());
  }

  @Test
  void fromPeriodicToOneShotTheCurrentPeriodIsTheLast() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR | PERIODIC);
    start(100_000);
    system.clock.advance(230_000);
    assertTrue(interrupted());
    lvt(VECTOR);
    assertEquals(70_000, current());
    system.clock.advance(70_000);
    assertTrue(interrupted());
    system.clock.advance(1_000_000);
    assertFalse(interrupted());
  }

  @Test
  void aOneShotThatEndedStaysAtZeroInPeriodicMode() {
    lvt(VECTOR);
    start(1000);
    system.clock.advance(1_000_000);
    system.serveAll(0);
    lvt(VECTOR | PERIODIC);
    system.clock.advance(1_000_000);
    assertEquals(0, current());
    assertFalse(interrupted());
  }

  @Test
  void aDividerChangeKeepsTheCount() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR);
    start(100_000);
    system.clock.advance(40_000);
    system.write(0, ApicReg.DIVIDE, BY_16);
    assertEquals(60_000, current());
    system.clock.advance(60_000 * 16 - 1);
    assertFalse(interrupted());
    system.clock.advance(1);
    assertTrue(interrupted());
  }

  @Test
  void theLargestCountIsUnsigned() {
    system.write(0, ApicReg.DIVIDE, 0b1010); // by 128
    lvt(VECTOR);
    start(-1L);
    system.clock.advance(128 * 5);
    assertEquals(-6, current());
    assertEquals(-1, system.read(0, ApicReg.INITIAL_COUNT));
    assertEquals(128 * 0xffff_ffffL, system.clock.nextDeadline());
  }

  @Test
  void theTscDeadlineInterruptsAtItsValueAndReadsZeroThen() {
    lvt(VECTOR | DEADLINE);
    long deadline = 1_000_003;
    apic.writeMsr(TSC_DEADLINE, deadline);
    apic.readMsr(TSC_DEADLINE);
    assertEquals(deadline, apic.msrValue());
    system.clock.advance(400_001);
    assertTrue(system.tsc.value() < deadline);
    assertFalse(apic.pending());
    system.clock.advance(1);
    assertTrue(system.tsc.value() >= deadline);
    assertTrue(interrupted());
    apic.readMsr(TSC_DEADLINE);
    assertEquals(0, apic.msrValue());
  }

  @Test
  void aTscDeadlineInThePastInterruptsAtOnce() {
    system.clock.advance(1_000_000);
    lvt(VECTOR | DEADLINE);
    apic.writeMsr(TSC_DEADLINE, 5);
    assertTrue(interrupted());
    assertFalse(interrupted());
  }

  @Test
  void aTscDeadlineThatPassesWhileItIsWrittenInterrupts() {
    lvt(VECTOR | DEADLINE);
    for (int ahead = 1; ahead < 20; ahead++) {
      system.tsc.perLook = 0;
      long now = system.tsc.value();
      system.tsc.perLook = 3;
      apic.writeMsr(TSC_DEADLINE, now + ahead);
      system.clock.advance(100);
      assertTrue(interrupted(), ahead + " ticks ahead");
    }
  }

  @Test
  void aTscDeadlineOfZeroDisarms() {
    lvt(VECTOR | DEADLINE);
    apic.writeMsr(TSC_DEADLINE, 1_000_000);
    apic.writeMsr(TSC_DEADLINE, 0);
    system.clock.advance(10_000_000);
    assertFalse(interrupted());
  }

  @Test
  void aTscThatFallsBehindPutsTheDeadlineOff() {
    lvt(VECTOR | DEADLINE);
    apic.writeMsr(TSC_DEADLINE, 1_000_000);
    system.tsc.offset = -500_000;
    system.clock.advance(500_000);
    assertFalse(interrupted());
    system.clock.advance(100_000);
    assertTrue(interrupted());
  }

  @Test
  void aFarTscDeadlineNeitherInterruptsNorOverflows() {
    lvt(VECTOR | DEADLINE);
    for (long deadline : new long[] {-1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      apic.writeMsr(TSC_DEADLINE, deadline);
      system.clock.advance(1_000_000);
      assertFalse(interrupted());
    }
  }

  @Test
  void outsideTscDeadlineModeTheMsrIsIgnoredAndInsideTheCounts() {
    lvt(VECTOR);
    apic.writeMsr(TSC_DEADLINE, 1);
    apic.readMsr(TSC_DEADLINE);
    assertEquals(0, apic.msrValue());
    assertFalse(interrupted());
    start(1000);
    lvt(VECTOR | DEADLINE);
    start(2000);
    assertEquals(0, current());
    system.clock.advance(1_000_000);
    assertFalse(interrupted());
    apic.writeMsr(TSC_DEADLINE, 1L << 40);
    lvt(VECTOR);
    assertEquals(VmTimer.NEVER, system.clock.nextDeadline());
  }

  @Test
  void softwareDisableMasksTheTimer() {
    lvt(VECTOR | PERIODIC);
    start(100_000);
    system.write(0, ApicReg.SVR, 0xff);
    system.clock.advance(10_000_000);
    assertFalse(apic.pending());
  }

  @Test
  void snapshotRoundTripGoesOnInPhase() {
    system.write(0, ApicReg.DIVIDE, BY_1);
    lvt(VECTOR | PERIODIC);
    start(100_000);
    system.clock.advance(330_000);
    system.serveAll(0);
    LocalApicDevice other =
        new LocalApicDevice(
            0,
            new ApicBus(),
            new ApicSystem.Pins(),
            org.jvmm.core.irq.InterruptSource.NONE,
            system.clock,
            system.tsc);
    SnapshotCheck.roundTrip(apic, other);
    assertEquals(current(), (int) other.read(0x390, 4));
    system.clock.advance(69_999);
    assertFalse(other.pending());
    system.clock.advance(1);
    assertTrue(other.pending());
  }
}
