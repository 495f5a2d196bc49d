package org.jvmm.devices.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.devices.debug.PostCode.Stamp;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ManualClock;
import org.jvmm.testkit.SnapshotCheck;

final class PostCodeTest {
  private final ManualClock clock = new ManualClock();
  private final PostCode port = new PostCode(clock);

  @Test
  void eachNewCodeIsStampedWithItsTime() {
    assertEquals(0, port.read(0, 1));
    port.write(0, 1, 0x10);
    clock.advance(500);
    port.write(0, 1, 0x20);
    assertEquals(List.of(new Stamp(0x10, 0), new Stamp(0x20, 500)), port.stamps());
    assertEquals(0x20, port.read(0, 1));
  }

  @Test
  void aRepeatedCodeKeepsItsFirstTime() {
    port.write(0, 1, 0x10);
    clock.advance(500);
    port.write(0, 1, 0x10);
    assertEquals(List.of(new Stamp(0x10, 0)), port.stamps());
  }

  @Test
  void theLast256StampsAreKept() {
    for (int i = 0; i < 1000; i++) {
      port.write(0, 1, i);
      clock.advance(1);
    }
    assertEquals(256, port.stamps().size());
    assertEquals(new Stamp(744 & 0xff, 744), port.stamps().get(0));
    assertEquals(new Stamp(999 & 0xff, 999), port.stamps().get(255));
  }

  @Test
  void resetForgetsTheStamps() {
    port.write(0, 1, 1);
    port.reset();
    assertEquals(List.of(), port.stamps());
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    PostCode other = new PostCode(clock);
    BusFuzz.ports(port, PostCode.PORTS, 1)
        .clock(clock)
        .beside(random -> SnapshotCheck.roundTrip(port, other))
        .run(10_000);
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    List<Stamp> tooMany = Collections.nCopies(257, new Stamp(0, 0));
    for (List<Stamp> bad : List.of(tooMany, List.of(new Stamp(256, 0)))) {
      assertThrows(SnapshotException.class, () -> port.restore(new PostCode.State(1, bad)));
    }
  }
}
