package org.jvmm.devices.ferr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class CoprocessorErrorTest {
  private final RecordingIrqLine irq = new RecordingIrqLine();
  private final CoprocessorError chip = new CoprocessorError(irq);

  @Test
  void anErrorStaysAsIrq13UntilThePortIsWritten() {
    chip.ferr(true);
    chip.ferr(false);
    assertTrue(irq.level());
    chip.write(0, 1, 0);
    assertFalse(irq.level());
  }

  @Test
  void anErrorThatIsStillThereDoesNotInterruptAgain() {
    chip.ferr(true);
    chip.write(0, 1, 0);
    chip.ferr(true);
    assertFalse(irq.level());
    chip.ferr(false);
    chip.ferr(true);
    assertTrue(irq.level());
  }

  @Test
  void resetClearsIt() {
    chip.ferr(true);
    chip.reset();
    assertFalse(irq.level());
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    RecordingIrqLine otherIrq = new RecordingIrqLine();
    CoprocessorError other = new CoprocessorError(otherIrq);
    BusFuzz.ports(chip, CoprocessorError.PORTS, 1)
        .beside(
            random -> {
              chip.ferr(random.nextBoolean());
              SnapshotCheck.roundTrip(chip, other);
              assertEquals(irq.level(), otherIrq.level());
            })
        .run(10_000);
  }
}
