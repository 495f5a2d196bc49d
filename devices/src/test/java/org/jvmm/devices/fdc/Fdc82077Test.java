package org.jvmm.devices.fdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.fdc.FdcRig.DIR;
import static org.jvmm.devices.fdc.FdcRig.DOR;
import static org.jvmm.devices.fdc.FdcRig.FIFO;
import static org.jvmm.devices.fdc.FdcRig.MSR;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.jvmm.testkit.HeapDisk;

/** Registers, resets, and the commands that transfer nothing. */
final class Fdc82077Test {
  private final HeapDisk disk = FdcRig.disk();
  private final FdcRig rig = new FdcRig(FdcRig.drive(disk), FdcRig.drive(null));

  @AfterEach
  void free() {
    rig.close();
  }

  @Test
  void afterPowerOnTheChipIsHeldInReset() {
    assertEquals(0, rig.in(DOR));
    assertEquals(0, rig.in(MSR));
    rig.out(FIFO, 0x10);
    rig.out(DOR, 0x0C);
    assertEquals(0x80, rig.in(MSR));
    assertTrue(rig.irq.level());
  }

  @Test
  void theFirstOfFourSensesEndsTheInterruptOfAReset() {
    rig.out(DOR, 0x0C);
    assertEquals(List.of(0xC0, 0), rig.command(0x08));
    assertFalse(rig.irq.level());
    assertEquals(List.of(0xC1, 0), rig.command(0x08));
    assertEquals(List.of(0xC2, 0), rig.command(0x08));
    assertEquals(List.of(0xC3, 0), rig.command(0x08));
    assertEquals(List.of(0x80), rig.command(0x08));
  }

  @Test
  void withoutPollingAResetDoesNotInterrupt() {
    rig.start().send(0x13, 0, 0x10, 0);
    rig.out(MSR, 0x80);
    assertFalse(rig.irq.level());
    assertEquals(List.of(0x80), rig.command(0x08));
  }

  @Test
  void theDmaGateHoldsTheInterruptBack() {
    rig.out(DOR, 0x04);
    assertFalse(rig.irq.level());
    rig.out(DOR, 0x0C);
    assertTrue(rig.irq.level());
  }

  @Test
  void lockKeepsTheFifosSettingsOverAReset() {
    rig.start().send(0x13, 0, 0x4F, 7);
    assertEquals(List.of(0x10), rig.command(0x94));
    rig.out(MSR, 0x80);
    assertEquals(List.of(0x4F, 7), rig.command(0x0E).subList(8, 10));
    assertEquals(List.of(0), rig.command(0x14));
    rig.out(MSR, 0x80);
    assertEquals(List.of(0x60, 0), rig.command(0x0E).subList(8, 10));
  }

  @Test
  void perpendicularModeKeepsTheDrivesUnlessToldToOverwriteThem() {
    rig.start().send(0x12, 0x84 | 3);
    rig.send(0x12, 0x08 | 2);
    assertEquals(0x04 | 2, rig.command(0x0E).get(7));
    rig.out(MSR, 0x80); // a reset by software leaves the drives' bits alone
    assertEquals(0x04, rig.command(0x0E).get(7));
  }

  @Test
  void whatIsNoCommandIsInvalid() {
    rig.start();
    for (int code : new int[] {0x00, 0x01, 0x0B, 0x11, 0x18, 0x27, 0xE5, 0xFF}) {
      assertEquals(List.of(0x80), rig.command(code), () -> "command %#x".formatted(code));
    }
    assertEquals(List.of(0x90), rig.command(0x10));
    assertFalse(rig.irq.level());
  }

  @Test
  void seeksOfTwoDrivesAreToldOneByOne() {
    rig.start().send(0x0F, 1, 9);
    rig.send(0x0F, 4, 5);
    assertEquals(List.of(0x20, 5), rig.command(0x08));
    assertTrue(rig.irq.level());
    assertEquals(List.of(0x21, 9), rig.command(0x08));
    assertFalse(rig.irq.level());
    assertEquals(List.of(5, 9), rig.command(0x0E).subList(0, 2));
  }

  @Test
  void relativeSeeksStopAtTheFirstCylinder() {
    rig.start().send(0xCF, 0, 20);
    assertEquals(List.of(0x20, 20), rig.command(0x08));
    rig.send(0x8F, 0, 5);
    assertEquals(List.of(0x20, 15), rig.command(0x08));
    rig.send(0x8F, 0, 50);
    assertEquals(List.of(0x20, 0), rig.command(0x08));
  }

  @Test
  void recalibratingADriveThatIsNotThereFindsNoTrack0() {
    rig.start().send(0x07, 2);
    assertEquals(List.of(0x72, 0), rig.command(0x08));
  }

  @Test
  void aStepWithADiskInTheDriveEndsDiskChange() {
    rig.start();
    assertEquals(0x80, rig.in(DIR));
    rig.send(0x07, 0); // at track 0 already: no step
    assertEquals(0x80, rig.in(DIR));
    rig.send(0x0F, 0, 1);
    assertEquals(0, rig.in(DIR));
    rig.fdc.insert(0, FdcRig.disk());
    assertEquals(0x80, rig.in(DIR));
    rig.out(DOR, 0x2D);
    rig.send(0x0F, 1, 1); // an empty drive
    assertEquals(0x80, rig.in(DIR));
  }

  @Test
  void senseDriveStatusShowsTrack0AndWriteProtection() {
    rig.start().send(0x0F, 0, 3);
    rig.command(0x08);
    assertEquals(List.of(0x28), rig.command(0x04, 0));
    assertEquals(List.of(0x7D), rig.command(0x04, 5)); // empty, at track 0, head 1
    assertEquals(List.of(0x2A), rig.command(0x04, 2));
  }

  @Test
  void readIdNamesWhereTheHeadIs() {
    rig.start().send(0x0F, 0, 33);
    rig.command(0x08);
    assertEquals(List.of(4, 0, 0, 33, 1, 1, 2), rig.command(0x4A, 4));
    assertTrue(rig.irq.rises() > 1);
    assertEquals(List.of(4, 0, 0, 33, 1, 2, 2), rig.command(0x4A, 4));
    assertFalse(rig.irq.level());
  }

  @Test
  void aWrongRateOrDensityOrNoDiskGivesNoAddressMark() {
    rig.start();
    assertEquals(List.of(0x40, 1, 0), rig.command(0x0A, 0).subList(0, 3));
    assertEquals(List.of(0x41, 1, 0), rig.command(0x4A, 1).subList(0, 3));
    rig.out(DIR, 2);
    assertEquals(List.of(0x40, 1, 0), rig.command(0x4A, 0).subList(0, 3));
    rig.out(MSR, 0);
    assertEquals(List.of(0, 0, 0), rig.command(0x4A, 0).subList(0, 3));
  }

  @Test
  void theStatusRegistersShowDriveMotorsAndInterrupt() {
    rig.start();
    assertEquals(0xC1, rig.in(FdcRig.SRB));
    assertEquals(0x06, rig.in(FdcRig.SRA));
    rig.send(0x0F, 0, 1);
    assertEquals(0x96, rig.in(FdcRig.SRA));
    rig.out(DOR, 0x3D);
    assertEquals(0xE3, rig.in(FdcRig.SRB));
    rig.out(FdcRig.TDR, 0xFF);
    assertEquals(3, rig.in(FdcRig.TDR));
  }

  @Test
  void theImagesSizeTellsTheFormat() {
    for (FloppyFormat format : FloppyFormat.values()) {
      assertEquals(Optional.of(format), FloppyFormat.of(format.bytes()));
    }
    assertEquals(Optional.of(FloppyFormat.F1440K), FloppyFormat.of(1_000_000));
    assertEquals(Optional.of(FloppyFormat.F2880K), FloppyFormat.of(1_474_561));
    assertEquals(Optional.empty(), FloppyFormat.of(FloppyFormat.F2880K.bytes() + 1));
    assertThrows(IllegalArgumentException.class, () -> rig.fdc.insert(0, new HeapDisk(3_000_000)));
  }
}
