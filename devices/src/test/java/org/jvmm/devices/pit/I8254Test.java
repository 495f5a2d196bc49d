package org.jvmm.devices.pit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmTimer;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ManualClock;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class I8254Test {
  private static final int CONTROL = 3;
  private static final int LSB = 1 << 4, MSB = 2 << 4, BOTH = 3 << 4, BCD = 1;
  private static final int OUT = 1 << 7, NULL_COUNT = 1 << 6;

  private final ManualClock clock = new ManualClock();
  private final RecordingIrqLine irq0 = new RecordingIrqLine();
  private final I8254 pit = new I8254(clock, irq0);

  private void control(int counter, int access, int mode) {
    pit.write(CONTROL, 1, counter << 6 | access | mode << 1);
  }

  private void count(int counter, int value) {
    pit.write(counter, 1, value & 0xff);
    pit.write(counter, 1, value >> 8);
  }

  private int latched(int counter) {
    pit.write(CONTROL, 1, counter << 6);
    return pit.read(counter, 1) | pit.read(counter, 1) << 8;
  }

  private int status(int counter) {
    pit.write(CONTROL, 1, 0xe0 | 2 << counter);
    return pit.read(counter, 1);
  }

  private void toPulse(long pulse) {
    clock.advance(I8254.nanosFor(pulse) - clock.nanos());
  }

  private void pulses(long count) {
    toPulse(I8254.pulsesIn(clock.nanos()) + count);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 1_193_181, 1_193_182, 1_193_183, 987_654_321_987L, 7L << 40})
  void pulsesAndNanosecondsConvertExactly(long pulse) {
    long nanos = I8254.nanosFor(pulse);
    assertEquals(pulse, I8254.pulsesIn(nanos));
    if (pulse > 0) {
      assertEquals(pulse - 1, I8254.pulsesIn(nanos - 1));
    }
  }

  /** Random programs for all modes, pulse by pulse beside a counter that is really clocked. */
  @ParameterizedTest
  @CsvSource({
    "0,0", "1,0", "2,0", "3,0", "4,0", "5,0", "6,0", "7,0", "0,1", "1,1", "2,1", "3,1", "4,1", "5,1"
  })
  void everyModeAgreesWithAClockedCounter(int mode, int bcd) {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      boolean gate = random.nextBoolean();
      pit.gate2(gate);
      pit.write(CONTROL, 1, 2 << 6 | BOTH | mode << 1 | bcd);
      ReferenceCounter reference = new ReferenceCounter(mode > 5 ? mode & 3 : mode, bcd != 0, gate);
      boolean first = true;
      for (int pulse = 0; pulse < 300; pulse++) {
        String where = "seed " + seed + " pulse " + pulse;
        int action = random.nextInt(12);
        if (action == 0 || pulse == 2) {
          int value = random.nextInt(8) == 0 ? random.nextInt(100) * 100 : 1 + random.nextInt(15);
          int register = bcd != 0 ? Integer.parseInt("" + value % 10_000, 16) : value;
          pit.write(2, 1, register & 0xff);
          reference.writeFirstByte();
          for (int between = random.nextInt(4); between > 0; between--) {
            compare(reference, first, where);
            pulses(1);
            reference.clock();
            compare(reference, first, where);
          }
          pit.write(2, 1, register >> 8);
          reference.writeCount(value);
          first = false;
        } else if (action <= 2) {
          gate = !gate;
          pit.gate2(gate);
          reference.gate(gate);
        }
        compare(reference, first, where);
        pulses(1);
        reference.clock();
      }
    }
  }

  private void compare(ReferenceCounter reference, boolean noCount, String where) {
    int status = status(2);
    assertEquals(reference.out, (status & OUT) != 0, where + " OUT");
    assertEquals(reference.out, pit.out2(), where + " OUT");
    assertEquals(reference.nullCount, (status & NULL_COUNT) != 0, where + " null count");
    int ce = latched(2); // before the first load CE holds what was there
    if (!noCount && !reference.nullCount) {
      assertEquals(reference.register(), ce, where + " CE");
    }
  }

  /** The same, but looked at now and then only: whole cycles and wraps in one step. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void longSilencesEndWhereAClockedCounterEnds(int mode) {
    Random random = new Random(mode);
    for (int round = 0; round < 12; round++) {
      int n = 2 + random.nextInt(3000);
      int next = 2 + random.nextInt(3000);
      pit.gate2(false);
      control(2, BOTH, mode);
      ReferenceCounter reference = new ReferenceCounter(mode, false, false);
      count(2, n);
      reference.writeCount(n);
      pit.gate2(true);
      reference.gate(true);
      for (int look = 0; look < 6; look++) {
        if (look == 3 && (mode == 2 || mode == 3)) {
          count(2, next);
          reference.writeCount(next);
        }
        int silence = random.nextInt(80_000);
        pulses(silence);
        for (int i = 0; i < silence; i++) {
          reference.clock();
        }
        compare(reference, false, "n=" + n + " look " + look);
      }
    }
  }

  @Test
  void mode0RaisesOutNPlus1PulsesAfterTheCount() {
    control(0, BOTH, 0);
    count(0, 1000);
    assertFalse(irq0.level());
    toPulse(1000);
    assertFalse(irq0.level());
    toPulse(1001);
    assertTrue(irq0.level());
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
  }

  @Test
  void mode2InterruptsOnceEachPeriodWithoutDrift() {
    control(0, BOTH, 2);
    count(0, 11932);
    irq0.forget();
    List<Long> edges = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      int before = irq0.rises();
      long deadline = clock.nextDeadline();
      clock.advance(deadline - clock.nanos());
      assertEquals(before + 1, irq0.rises());
      edges.add(deadline);
    }
    for (int i = 0; i < edges.size(); i++) {
      assertEquals(I8254.nanosFor(1 + (i + 1) * 11932L), edges.get(i));
    }
  }

  @Test
  void mode3InterruptsOnceEachPeriod() {
    control(0, BOTH, 3);
    count(0, 0);
    irq0.forget();
    toPulse(1 + 10 * 65536L);
    assertEquals(10, irq0.rises());
  }

  @Test
  void mode4InterruptsWhenItsStrobeEnds() {
    control(0, BOTH, 4);
    count(0, 500);
    irq0.forget();
    toPulse(501);
    assertEquals(0, irq0.rises());
    assertEquals(0, status(0) & OUT);
    toPulse(502);
    assertEquals(1, irq0.rises());
    assertTrue(irq0.level());
    pulses(200_000);
    assertEquals(1, irq0.rises());
  }

  @Test
  void aNewCountInMode4PutsTheStrobeOff() {
    control(0, BOTH, 4);
    count(0, 500);
    toPulse(400);
    count(0, 500);
    irq0.forget();
    toPulse(901);
    assertEquals(0, irq0.rises());
    toPulse(902);
    assertEquals(1, irq0.rises());
  }

  @Test
  void edgesThatALateHostMissedAreDeliveredAsOneAndThePhaseIsKept() {
    LateClock late = new LateClock();
    I8254 slow = new I8254(late, irq0);
    slow.write(CONTROL, 1, BOTH | 2 << 1);
    slow.write(0, 1, 1000 & 0xff);
    slow.write(0, 1, 1000 >> 8);
    irq0.forget();
    late.now = I8254.nanosFor(1 + 7 * 1000 + 300);
    late.expire();
    assertEquals(1, irq0.rises());
    assertEquals(I8254.nanosFor(1 + 8 * 1000), late.deadline);
  }

  @Test
  void edgesCloserThanTheLimitAreMerged() {
    control(0, LSB, 2);
    pit.write(0, 1, 2);
    irq0.forget();
    clock.advance(1_000_000_000);
    assertTrue(irq0.rises() <= 1_000_000_000 / I8254.MIN_EDGE_NANOS, () -> "" + irq0.rises());
    assertTrue(irq0.rises() > 40_000, () -> "" + irq0.rises());
  }

  @Test
  void nothingIsArmedForCountersWithoutALine() {
    control(1, LSB, 2);
    pit.write(1, 1, 18);
    pit.gate2(true);
    control(2, BOTH, 3);
    count(2, 1193);
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
  }

  @Test
  void aLatchedCountStaysUntilBothBytesAreRead() {
    control(0, BOTH, 2);
    count(0, 0x1234);
    toPulse(1 + 0x34);
    pit.write(CONTROL, 1, 0);
    toPulse(500);
    pit.write(CONTROL, 1, 0);
    assertEquals(0x00, pit.read(0, 1));
    toPulse(600);
    assertEquals(0x12, pit.read(0, 1));
    assertEquals(0x1234 - 599, pit.read(0, 1) | pit.read(0, 1) << 8);
  }

  @Test
  void readBackGivesStatusFirstThenTheCount() {
    control(0, BOTH, 2);
    count(0, 0x4321);
    toPulse(1);
    pit.write(CONTROL, 1, 0xc0 | 2);
    assertEquals(OUT | BOTH | 2 << 1, pit.read(0, 1));
    assertEquals(0x21, pit.read(0, 1));
    assertEquals(0x43, pit.read(0, 1));
  }

  @Test
  void readBackLatchesTheCountersItSelectsOnly() {
    for (int i = 0; i < 3; i++) {
      control(i, LSB, 2);
    }
    pit.write(CONTROL, 1, 0xe0 | 1 << 1 | 1 << 3);
    assertEquals(OUT | NULL_COUNT | LSB | 2 << 1, pit.read(0, 1));
    assertEquals(0, pit.read(1, 1), "CE, never loaded");
    assertEquals(OUT | NULL_COUNT | LSB | 2 << 1, pit.read(2, 1));
  }

  @Test
  void statusShowsTheModeBitsAsWritten() {
    pit.write(CONTROL, 1, MSB | 7 << 1 | BCD);
    assertEquals(MSB | 7 << 1 | BCD, status(0) & 0x3f);
  }

  @Test
  void aSingleByteAccessLeavesTheOtherByteZero() {
    control(0, MSB, 2);
    pit.write(0, 1, 0x12);
    toPulse(1 + 0x100);
    assertEquals(0x11, pit.read(0, 1));
    control(1, LSB, 2);
    pit.write(1, 1, 0x12);
    pulses(3);
    assertEquals(0x10, pit.read(1, 1));
    assertEquals(0x10, pit.read(1, 1));
  }

  @Test
  void bcdCountsInDecimal() {
    pit.write(CONTROL, 1, BOTH | 2 << 1 | BCD);
    count(0, 0x1000);
    toPulse(2);
    assertEquals(0x0999, latched(0));
  }

  @Test
  void aCountOfZeroIsTheLargest() {
    control(0, BOTH, 0);
    count(0, 0);
    toPulse(0x1_0000);
    assertFalse(irq0.level());
    toPulse(0x1_0001);
    assertTrue(irq0.level());
  }

  @Test
  void theControlPortReadsAsFloating() {
    assertEquals(0xff, pit.read(CONTROL, 1));
  }

  @Test
  void resetStopsTheTimer() {
    control(0, BOTH, 2);
    count(0, 1000);
    pit.reset();
    assertEquals(VmTimer.NEVER, clock.nextDeadline());
    assertFalse(irq0.level());
  }

  @Test
  void snapshotRoundTripGoesOnWithTheSameEdges() {
    control(0, BOTH, 3);
    count(0, 1001);
    pit.gate2(true);
    control(2, BOTH, 0);
    pit.write(2, 1, 7);
    toPulse(12_345);
    RecordingIrqLine otherIrq = new RecordingIrqLine();
    I8254 other = new I8254(clock, otherIrq);
    SnapshotCheck.roundTrip(pit, other);
    irq0.forget();
    otherIrq.forget();
    pulses(50_000);
    assertEquals(irq0.rises(), otherIrq.rises());
    assertEquals(latched(0), other.read(0, 1) | other.read(0, 1) << 8);
  }

  @Test
  void aSnapshotFromTheFutureIsRefused() {
    control(0, BOTH, 2);
    count(0, 1000);
    toPulse(5000);
    I8254.State state = pit.save();
    I8254 other = new I8254(new ManualClock(), IrqLine.UNCONNECTED);
    assertThrows(SnapshotException.class, () -> other.restore(state));
  }

  @Test
  void randomAccessesNeverThrow() {
    BusFuzz.ports(pit, 4, 1)
        .clock(clock)
        .beside(random -> pit.gate2(random.nextBoolean()))
        .beside(random -> SnapshotCheck.roundTrip(pit, pit))
        .run(20_000);
  }

  /** A clock whose timer expires when the test says so, not when it is due. */
  private static final class LateClock implements org.jvmm.core.time.VmClock {
    long now;
    long deadline = VmTimer.NEVER;
    private Runnable expiry;

    @Override
    public long nanos() {
      return now;
    }

    void expire() {
      expiry.run();
    }

    @Override
    public VmTimer timer(Object owner, Runnable action) {
      expiry = action;
      return new VmTimer() {
        @Override
        public void arm(long nanos) {
          deadline = nanos;
        }

        @Override
        public void cancel() {
          deadline = NEVER;
        }

        @Override
        public long deadline() {
          return deadline;
        }
      };
    }
  }
}
