package org.jvmm.devices.pit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ManualClock;
import org.jvmm.testkit.SnapshotCheck;

final class SystemControlBTest {
  private static final int OUT2 = 1 << 5, REFRESH = 1 << 4;

  private final ManualClock clock = new ManualClock();
  private final I8254 pit = new I8254(clock, IrqLine.UNCONNECTED);
  private final SystemControlB port61 = new SystemControlB(pit, clock);

  private int read() {
    return port61.read(0, 1);
  }

  @Test
  void counter2CountsWhileItsGateBitIsSet() {
    pit.write(3, 1, 0xb0); // counter 2, mode 0
    pit.write(2, 1, 100);
    pit.write(2, 1, 0);
    clock.advance(1_000_000);
    assertEquals(0, read() & OUT2);
    port61.write(0, 1, 1);
    clock.advance(I8254.nanosFor(90));
    assertEquals(0, read() & OUT2);
    clock.advance(I8254.nanosFor(12));
    assertEquals(OUT2, read() & OUT2);
  }

  @Test
  void bits3To0AreKeptAndTheOthersAreReadOnly() {
    port61.write(0, 1, 0xff);
    assertEquals(0x0f, read() & 0x0f);
    assertEquals(0, read() & 0xc0);
  }

  @Test
  void theRefreshBitTogglesEvery18Pulses() {
    int toggles = 0;
    int last = read() & REFRESH;
    for (int i = 0; i < 1800; i++) {
      clock.advance(I8254.nanosFor(i + 1) - clock.nanos());
      toggles += (read() & REFRESH) != last ? 1 : 0;
      last = read() & REFRESH;
    }
    assertEquals(100, toggles);
  }

  @Test
  void resetClosesTheGate() {
    port61.write(0, 1, 3);
    port61.reset();
    assertEquals(0, read() & 0x0f);
    assertEquals(false, pit.gate2());
  }

  @Test
  void snapshotRoundTrip() {
    port61.write(0, 1, 5);
    SnapshotCheck.roundTrip(port61, new SystemControlB(pit, clock));
  }

  @Test
  void randomAccessesNeverThrow() {
    BusFuzz.ports(port61, 1, 1).clock(clock).run(10_000);
  }
}
