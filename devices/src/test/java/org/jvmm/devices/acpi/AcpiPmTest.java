package org.jvmm.devices.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.time.VmTimer;
import org.jvmm.devices.acpi.AcpiPm.Cntrl;
import org.jvmm.devices.acpi.AcpiPm.Pm1;
import org.jvmm.devices.acpi.AcpiPm.TimerWidth;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ManualClock;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class AcpiPmTest {
  private static final int STS = 0, EN = 2, CNTRL = 4, TMR = 8, GPSTS = 0xc, GPEN = 0xe;
  private static final long SECOND = 1_000_000_000;

  private final RecordingIrqLine sci = new RecordingIrqLine();
  private final ManualClock clock = new ManualClock();
  private int powerOffs;
  private AcpiPm pm = block(TimerWidth.BITS_24, true);

  private AcpiPm block(TimerWidth width, boolean acpiAtReset) {
    return new AcpiPm(width, acpiAtReset, sci, clock, () -> powerOffs++);
  }

  private int read16(int offset) {
    return pm.read(offset, 2) & 0xffff;
  }

  @Test
  void theTimerCountsExactlyItsFrequencyWithoutDrift() {
    pm = block(TimerWidth.BITS_32, true);
    clock.advance(1000 * SECOND - 1);
    assertEquals((int) (1000 * AcpiPm.TIMER_HZ - 1), pm.read(TMR, 4));
    clock.advance(1);
    assertEquals((int) (1000 * AcpiPm.TIMER_HZ), pm.read(TMR, 4));
  }

  @Test
  void theTimerWrapsAtItsWidth() {
    clock.advance(10 * SECOND);
    assertEquals(10 * AcpiPm.TIMER_HZ % (1 << 24), pm.read(TMR, 4));
    pm = block(TimerWidth.BITS_32, true);
    assertEquals(10 * AcpiPm.TIMER_HZ, pm.read(TMR, 4));
  }

  @Test
  void theTimerCanBeReadInPieces() {
    clock.advance(SECOND);
    int value = pm.read(TMR, 4);
    for (int i = 0; i < 4; i++) {
      assertEquals(value >> 8 * i & 0xff, pm.read(TMR + i, 1) & 0xff);
    }
    pm.write(TMR, 4, 0);
    assertEquals(value, pm.read(TMR, 4));
  }

  @Test
  void aChangeOfTheTimersHighestBitSetsItsStatusAndInterrupts() {
    pm.write(EN, 2, Pm1.TMR);
    long half = (long) Math.ceil((1 << 23) * 1e9 / AcpiPm.TIMER_HZ);
    clock.advance(half - 1);
    assertFalse(sci.level());
    clock.advance(1);
    assertTrue(sci.level());
    assertEquals(Pm1.TMR, read16(STS));
    pm.write(STS, 2, Pm1.TMR);
    assertFalse(sci.level());
    clock.advance(half);
    assertEquals(2, sci.rises());
  }

  @Test
  void withoutItsInterruptTheTimersStatusIsStillSetAndNothingRuns() {
    clock.advance(3 * SECOND);
    assertEquals(Pm1.TMR, read16(STS));
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
    assertEquals(0, sci.rises());
  }

  @Test
  void thePowerButtonInterruptsUntilItsStatusIsCleared() {
    pm.write(EN, 2, Pm1.PWRBTN);
    pm.pressPowerButton();
    assertTrue(sci.level());
    assertEquals(Pm1.PWRBTN, read16(STS));
    pm.write(STS, 2, Pm1.TMR);
    assertTrue(sci.level());
    pm.write(STS + 1, 1, Pm1.PWRBTN >> 8);
    assertFalse(sci.level());
    assertEquals(0, read16(STS));
  }

  @Test
  void statusAndEnableAnswerToOneWideAccess() {
    pm.pressPowerButton();
    pm.write(STS, 4, Pm1.PWRBTN << 16 | Pm1.TMR);
    assertTrue(sci.level());
    assertEquals(Pm1.PWRBTN << 16 | Pm1.PWRBTN, pm.read(STS, 4));
  }

  @Test
  void inLegacyModeThereIsNoSci() {
    pm = block(TimerWidth.BITS_24, false);
    pm.write(EN, 2, Pm1.PWRBTN);
    pm.pressPowerButton();
    assertFalse(sci.level());
    pm.setAcpiMode(true);
    assertTrue(sci.level());
    assertEquals(Cntrl.SCI_EN, read16(CNTRL));
    pm.write(CNTRL, 2, 0);
    assertEquals(Cntrl.SCI_EN, read16(CNTRL), "the guest cannot clear it");
    pm.setAcpiMode(false);
    assertFalse(sci.level());
  }

  @Test
  void sleepEnableWithS5PowersOffOnce() {
    pm.write(CNTRL, 2, AcpiPm.SLP_TYP_S5 << 10);
    assertEquals(0, powerOffs);
    pm.write(CNTRL, 2, AcpiPm.SLP_TYP_S5 << 10 | Cntrl.SLP_EN);
    assertEquals(1, powerOffs);
    assertEquals(Cntrl.SCI_EN, read16(CNTRL), "SLP_EN reads zero");
  }

  @Test
  void sleepEnableInAByteWriteUsesTheTypeInThatByte() {
    pm.write(CNTRL, 2, 5 << 10);
    pm.write(CNTRL + 1, 1, (Cntrl.SLP_EN | AcpiPm.SLP_TYP_S5 << 10) >> 8);
    assertEquals(1, powerOffs);
  }

  @Test
  void otherSleepTypesDoNothing() {
    for (int type = 1; type < 8; type++) {
      pm.write(CNTRL, 2, type << 10 | Cntrl.SLP_EN);
      assertEquals(type << 10 | Cntrl.SCI_EN, read16(CNTRL));
    }
    assertEquals(0, powerOffs);
  }

  @Test
  void aGeneralPurposeEventInterruptsWhileEnabledAndSet() {
    pm.raiseGpe(3);
    assertFalse(sci.level());
    pm.write(GPEN, 1, 1 << 3);
    assertTrue(sci.level());
    pm.write(GPSTS, 2, 0xfff7);
    assertTrue(sci.level());
    pm.write(GPSTS, 2, 1 << 3);
    assertFalse(sci.level());
    assertEquals(1 << 3, read16(GPEN));
  }

  @Test
  void resetClearsAllButTheTimer() {
    clock.advance(SECOND);
    pm.write(EN, 2, 0xffff);
    pm.write(GPEN, 2, 0xffff);
    pm.pressPowerButton();
    pm.reset();
    assertFalse(sci.level());
    assertEquals(0, pm.read(STS, 4));
    assertEquals(0, pm.read(GPSTS, 4));
    assertEquals(Cntrl.SCI_EN, read16(CNTRL));
    assertEquals(AcpiPm.TIMER_HZ, pm.read(TMR, 4));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    AcpiPm other = new AcpiPm(TimerWidth.BITS_24, true, new RecordingIrqLine(), clock, () -> {});
    BusFuzz.ports(pm, AcpiPm.PORTS, 4)
        .clock(clock)
        .beside(random -> pm.pressPowerButton())
        .beside(random -> pm.raiseGpe(random.nextInt(16)))
        .beside(random -> pm.setAcpiMode(random.nextBoolean()))
        .beside(random -> SnapshotCheck.roundTrip(pm, other))
        .run(100_000);
  }

  @Test
  void aRestoredBlockDrivesItsSci() {
    pm.write(EN, 2, Pm1.PWRBTN);
    pm.pressPowerButton();
    RecordingIrqLine otherSci = new RecordingIrqLine();
    AcpiPm other = new AcpiPm(TimerWidth.BITS_24, true, otherSci, clock, () -> {});
    other.restore(pm.save());
    assertTrue(otherSci.level());
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    AcpiPm.State bad = new AcpiPm.State(1, 0, 0, Cntrl.SLP_EN, 0, 0, 0);
    assertThrows(SnapshotException.class, () -> pm.restore(bad));
  }
}
