package org.jvmm.devices.rtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.time.VmTimer;
import org.jvmm.devices.rtc.Mc146818.A;
import org.jvmm.devices.rtc.Mc146818.B;
import org.jvmm.devices.rtc.Mc146818.C;
import org.jvmm.devices.rtc.Mc146818.D;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ManualClock;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class Mc146818Test {
  private static final long SECOND = 1_000_000_000;
  private static final long MICRO = 1_000;

  /** A Friday. */
  private static final LocalDateTime START = LocalDateTime.of(2027, 12, 31, 23, 59, 58);

  private final RecordingIrqLine irq = new RecordingIrqLine();
  private final ManualClock clock = new ManualClock();
  private Mc146818 rtc = new Mc146818(START, irq, clock);

  private int cmos(int index) {
    rtc.write(0, 1, index);
    return rtc.read(1, 1);
  }

  private void cmos(int index, int value) {
    rtc.write(0, 1, index);
    rtc.write(1, 1, value);
  }

  /** Century, year, month, date, day of week, hours, minutes, seconds in hexadecimal. */
  private String time() {
    StringBuilder text = new StringBuilder();
    for (int index : new int[] {0x32, 9, 8, 7, 6, 4, 2, 0}) {
      text.append("%02x ".formatted(cmos(index)));
    }
    return text.toString().trim();
  }

  private void control(int bits) {
    cmos(B.INDEX, B.HOURS_24 | bits);
  }

  @Test
  void theTimeOfTheStartIsShownInBcdAnd24Hours() {
    assertEquals("20 27 12 31 06 23 59 58", time());
  }

  @Test
  void everySecondCountsAndCarriesToTheCentury() {
    rtc = new Mc146818(LocalDateTime.of(2099, 12, 31, 23, 59, 59), irq, clock);
    clock.advance(SECOND - 1);
    assertEquals("20 99 12 31 05 23 59 59", time());
    clock.advance(1);
    assertEquals("21 00 01 01 06 00 00 00", time());
  }

  @Test
  void aFractionOfTheStartingSecondIsKept() {
    rtc = new Mc146818(START.plusNanos(900_000_000), irq, clock);
    clock.advance(SECOND / 10);
    assertEquals("20 27 12 31 06 23 59 59", time());
  }

  @Test
  void februaryOfALeapYearHas29Days() {
    rtc = new Mc146818(LocalDateTime.of(2028, 2, 28, 12, 0, 0), irq, clock);
    clock.advance(86_400 * SECOND);
    assertEquals("20 28 02 29 03 12 00 00", time());
  }

  @Test
  void binaryModeShowsPlainNumbers() {
    cmos(B.INDEX, B.SET | B.HOURS_24 | B.DM);
    cmos(0, 59);
    cmos(2, 59);
    cmos(4, 22);
    control(B.DM);
    clock.advance(SECOND);
    assertEquals(List.of(23, 0, 0), List.of(cmos(4), cmos(2), cmos(0)));
  }

  @Test
  void twelveHourModeGoesThroughNoonAndMidnight() {
    String[] hours = {"11", "92", "12"}; // 11 am, 12 pm, 12 am
    for (int i = 0; i < 3; i++) {
      rtc = new Mc146818(START, irq, clock);
      cmos(B.INDEX, B.SET);
      cmos(0, 0x59);
      cmos(2, 0x59);
      cmos(4, new int[] {0x10, 0x11, 0x91}[i]);
      cmos(B.INDEX, 0);
      clock.advance(SECOND);
      assertEquals(hours[i], Integer.toHexString(cmos(4)));
    }
  }

  @Test
  void setHoldsTheTimeAndTheSecondsKeepTheirPhase() {
    clock.advance(SECOND / 4);
    control(B.SET);
    clock.advance(5 * SECOND);
    assertEquals("20 27 12 31 06 23 59 58", time());
    cmos(0, 0x10);
    control(0);
    clock.advance(SECOND * 3 / 4 - 1);
    assertEquals(0x10, cmos(0));
    clock.advance(1);
    assertEquals(0x11, cmos(0));
  }

  @Test
  void releasingTheDividerUpdatesHalfASecondLater() { // as Linux sets the clock to the second
    control(B.SET);
    cmos(A.INDEX, A.DV_RESET | 0x10 | 6);
    cmos(0, 0x20);
    control(0);
    clock.advance(10 * SECOND);
    assertEquals(0x20, cmos(0));
    cmos(A.INDEX, A.DV_32KHZ | 6);
    clock.advance(SECOND / 2 - 1);
    assertEquals(0x20, cmos(0));
    clock.advance(1);
    assertEquals(0x21, cmos(0));
  }

  @Test
  void impossibleTimesAreNormalised() {
    cmos(8, 0x13);
    cmos(7, 0x40);
    cmos(2, 0xff);
    clock.advance(SECOND);
    assertEquals("20 28 02 10 06 01 45 59", time());
  }

  @Test
  void uipIsSetForTheUpdateCycleAndTheTimeChangesAtItsEnd() {
    clock.advance(SECOND - 2228 * MICRO - 1);
    assertEquals(0, cmos(A.INDEX) & A.UIP);
    clock.advance(1);
    assertEquals(A.UIP, cmos(A.INDEX) & A.UIP);
    clock.advance(2228 * MICRO - 1);
    assertEquals(A.UIP, cmos(A.INDEX) & A.UIP);
    assertEquals(0x58, cmos(0));
    clock.advance(1);
    assertEquals(0, cmos(A.INDEX) & A.UIP);
    assertEquals(0x59, cmos(0));
  }

  @Test
  void uipStaysLowWhileSetInhibitsUpdates() {
    control(B.SET);
    clock.advance(SECOND - 1);
    assertEquals(0, cmos(A.INDEX) & A.UIP);
  }

  @Test
  void updateEndedInterruptsEachSecondUntilCIsRead() {
    control(B.UIE);
    clock.advance(SECOND - 1);
    assertFalse(irq.level());
    clock.advance(1);
    assertTrue(irq.level());
    assertEquals(C.IRQF | C.UF, cmos(C.INDEX) & ~C.PF);
    assertFalse(irq.level());
    clock.advance(SECOND);
    assertEquals(2, irq.rises());
  }

  @Test
  void flagsAreSetWithoutTheirEnableBitsButIrqfIsNot() {
    clock.advance(SECOND);
    assertEquals(C.UF | C.PF, cmos(C.INDEX));
    assertEquals(0, cmos(C.INDEX));
    assertEquals(0, irq.rises());
  }

  @Test
  void enablingAnInterruptWhoseFlagIsSetInterruptsAtOnce() {
    clock.advance(SECOND);
    control(B.UIE);
    assertTrue(irq.level());
  }

  @Test
  void setClearsTheUpdateEndedEnable() {
    control(B.UIE);
    control(B.SET | B.UIE);
    control(cmos(B.INDEX) & ~B.SET);
    clock.advance(2 * SECOND);
    assertEquals(0, irq.rises());
  }

  @Test
  void periodicRatesAreThoseOfTheTable() {
    double[] expectedHz = {0, 256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2};
    for (int rate = 0; rate < 16; rate++) {
      cmos(A.INDEX, A.DV_32KHZ | rate);
      control(B.PIE);
      int count = 0;
      long end = clock.nanos() + SECOND;
      cmos(C.INDEX);
      while (clock.nextDeadline() <= end) {
        clock.advance(clock.nextDeadline() - clock.nanos());
        assertEquals(C.IRQF | C.PF, cmos(C.INDEX) & (C.IRQF | C.PF));
        count++;
      }
      clock.advance(end - clock.nanos());
      assertEquals(expectedHz[rate], count, "rate " + rate);
    }
  }

  @Test
  void periodicTicksDoNotDrift() {
    cmos(A.INDEX, A.DV_32KHZ | 3);
    control(B.PIE);
    for (int tick = 1; tick <= 8192; tick++) {
      clock.advance(clock.nextDeadline() - clock.nanos());
      cmos(C.INDEX);
    }
    assertEquals(SECOND, clock.nanos());
  }

  @Test
  void anUnreadPeriodicInterruptCostsNoFurtherTimer() {
    control(B.PIE);
    clock.advance(SECOND);
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
    assertEquals(1, irq.rises());
  }

  @Test
  void withoutInterruptsNoTimerRuns() {
    clock.advance(SECOND);
    time();
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
  }

  @Test
  void theAlarmInterruptsAtItsTime() {
    cmos(5, 0x00);
    cmos(3, 0x01);
    cmos(1, 0x05);
    control(B.AIE);
    clock.advance(66 * SECOND);
    assertEquals(0, irq.rises());
    clock.advance(SECOND);
    assertTrue(irq.level());
    assertEquals(C.IRQF | C.AF, cmos(C.INDEX) & (C.IRQF | C.AF));
    clock.advance(86_400 * SECOND - 1);
    assertEquals(1, irq.rises());
    clock.advance(1);
    assertEquals(2, irq.rises());
  }

  @Test
  void alarmBytesWithBothTopBitsSetMatchAlways() {
    cmos(5, 0xff);
    cmos(3, 0xc0);
    cmos(1, 0x10);
    control(B.AIE);
    clock.advance(12 * SECOND);
    assertEquals(1, irq.rises());
    cmos(C.INDEX);
    clock.advance(60 * SECOND);
    assertEquals(2, irq.rises());
  }

  @Test
  void anAlarmThatIsNoTimeNeverMatches() {
    cmos(5, 0x24);
    cmos(3, 0xff);
    cmos(1, 0xff);
    control(B.AIE);
    clock.advance(2 * 86_400 * SECOND);
    assertEquals(0, irq.rises());
  }

  /** The skipping search against the definition: the first second whose bytes match. */
  @Test
  void theAlarmSearchAgreesWithTryingEverySecond() {
    int[] fields = {0xff, 0x00, 0x01, 0x59, 0x30};
    int[] hours = {0xff, 0x00, 0x23, 0x12};
    for (int i = 0; i < fields.length * fields.length * hours.length; i++) {
      int[] ram = new int[Mc146818.SIZE];
      Calendar calendar = new Calendar(ram, false, true);
      calendar.set(START.minusSeconds(i));
      ram[Calendar.SECONDS_ALARM] = fields[i % 5];
      ram[Calendar.MINUTES_ALARM] = fields[i / 5 % 5];
      ram[Calendar.HOURS_ALARM] = hours[i / 25];
      int found = calendar.secondsToAlarm();
      int expected = 0;
      do {
        calendar.advance(1);
        expected++;
      } while (!matches(ram, 0) || !matches(ram, 2) || !matches(ram, 4));
      assertEquals(expected, found, "alarm " + i);
    }
  }

  private static boolean matches(int[] ram, int field) {
    return ram[field + 1] >= 0xc0 || ram[field + 1] == ram[field];
  }

  @Test
  void registersCAndDAreReadOnlyAndDShowsAGoodBattery() {
    cmos(C.INDEX, 0xff);
    cmos(D.INDEX, 0);
    assertEquals(0, cmos(C.INDEX));
    assertEquals(D.VRT, cmos(D.INDEX));
  }

  @Test
  void ramKeepsWhatIsWrittenAndBit7OfTheIndexMasksNmi() {
    cmos(0x0f, 0x0a);
    assertFalse(rtc.nmiMasked());
    cmos(0x8f, 0x5a);
    assertTrue(rtc.nmiMasked());
    assertEquals(0x5a, rtc.load(0x0f));
    assertEquals(0x5a, cmos(0x0f));
    assertFalse(rtc.nmiMasked());
    assertEquals(0xff, rtc.read(0, 1));
  }

  @Test
  void resetDisablesInterruptsAndKeepsTimeAndRam() {
    cmos(0x40, 0x77);
    control(B.PIE | B.AIE | B.UIE);
    clock.advance(SECOND);
    rtc.reset();
    assertFalse(irq.level());
    assertEquals(B.HOURS_24, cmos(B.INDEX));
    assertEquals(0x77, cmos(0x40));
    assertEquals(0x59, cmos(0));
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Mc146818 other = new Mc146818(START, new RecordingIrqLine(), new ManualClock());
    BusFuzz.ports(rtc, Mc146818.PORTS, 1)
        .clock(clock)
        .beside(random -> rtc.write(0, 1, random.nextInt(0x10)))
        .beside(random -> SnapshotCheck.roundTrip(rtc, other))
        .run(100_000);
  }

  @Test
  void aRestoredClockGoesOnInPhase() {
    control(B.UIE);
    clock.advance(SECOND / 4);
    Mc146818.State saved = rtc.save();
    RecordingIrqLine otherIrq = new RecordingIrqLine();
    rtc = new Mc146818(START.minusYears(20), otherIrq, clock);
    rtc.restore(saved);
    clock.advance(SECOND * 3 / 4 - 1);
    assertFalse(otherIrq.level());
    clock.advance(1);
    assertTrue(otherIrq.level());
    assertEquals("20 27 12 31 06 23 59 59", time());
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    List<Integer> bytes = Collections.nCopies(Mc146818.SIZE, 0);
    for (List<Integer> ram :
        List.of(bytes.subList(1, 128), IntStream.range(0, 128).map(i -> 256).boxed().toList())) {
      assertThrows(SnapshotException.class, () -> rtc.restore(new Mc146818.State(1, 0, ram, 0, 0)));
    }
    assertEquals("20 27 12 31 06 23 59 58", time());
  }
}
