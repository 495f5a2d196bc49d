package org.jvmm.devices.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class Port92Test {
  private final RecordingIrqLine a20 = new RecordingIrqLine();
  private int inits;
  private final Port92 port = new Port92(a20, () -> inits++);

  @Test
  void bit1OpensA20AndReadsBack() {
    port.write(0, 1, 2);
    assertTrue(a20.level());
    assertEquals(2, port.read(0, 1));
    port.write(0, 1, 0);
    assertFalse(a20.level());
  }

  @Test
  void theRisingBit0ResetsTheProcessor() {
    port.write(0, 1, 1);
    port.write(0, 1, 3);
    assertEquals(1, inits);
    port.write(0, 1, 2);
    port.write(0, 1, 3);
    assertEquals(2, inits);
  }

  @Test
  void resetClosesA20() {
    port.write(0, 1, 2);
    port.reset();
    assertFalse(a20.level());
    assertEquals(0, port.read(0, 1));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    RecordingIrqLine otherA20 = new RecordingIrqLine();
    Port92 other = new Port92(otherA20, () -> {});
    BusFuzz.ports(port, Port92.PORTS, 1)
        .beside(
            random -> {
              SnapshotCheck.roundTrip(port, other);
              assertEquals(a20.level(), otherA20.level());
            })
        .run(10_000);
  }
}
