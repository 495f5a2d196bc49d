package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.ide.IdeRig.GOOD;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.jvmm.testkit.HeapDisk;

/** Selection, signatures, resets and the interrupt line. */
final class IdeChannelTest {
  private final HeapDisk medium = new HeapDisk(1 << 20);
  private final HeapDisk disc = new HeapDisk(1 << 20);

  private static void assertSignature(IdeRig rig, int mid, int high) {
    assertEquals(1, rig.in(AtaRegister.SECTOR_COUNT));
    assertEquals(1, rig.in(AtaRegister.LBA_LOW));
    assertEquals(mid, rig.in(AtaRegister.LBA_MID));
    assertEquals(high, rig.in(AtaRegister.LBA_HIGH));
    assertEquals(1, rig.error());
  }

  @Test
  void drivesShowTheirSignaturesAfterReset() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), IdeRig.cd(disc))) {
      rig.select(0);
      assertSignature(rig, 0, 0);
      assertEquals(GOOD, rig.status());
      rig.select(1);
      assertSignature(rig, 0x14, 0xeb);
      assertEquals(0, rig.status());
    }
  }

  @Test
  void anAbsentDriveHasAStatusOfZeroAndLatches() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.select(1);
      assertEquals(0, rig.status());
      assertEquals(0, rig.alternateStatus());
      assertEquals(0xb0, rig.in(AtaRegister.DEVICE));
      rig.out(AtaRegister.LBA_LOW, 0x55);
      assertEquals(0x55, rig.in(AtaRegister.LBA_LOW));
      rig.out(AtaRegister.COMMAND, AtaCommand.IDENTIFY_DEVICE);
      assertEquals(0, rig.status());
      assertFalse(rig.irq.level());
      rig.select(0);
      assertEquals(GOOD, rig.status());
    }
  }

  @Test
  void aChannelWithoutDrivesReadsZero() {
    try (IdeRig rig = new IdeRig(null, null)) {
      rig.out(AtaRegister.LBA_LOW, 0x55);
      rig.out(AtaRegister.COMMAND, AtaCommand.IDENTIFY_DEVICE);
      for (int register = 0; register < 8; register++) {
        assertEquals(0, rig.in(register));
      }
    }
  }

  @Test
  void bothDrivesLatchParametersAndTheSelectedOneExecutes() {
    HeapDisk second = new HeapDisk(1 << 20);
    Arrays.fill(second.bytes(), (byte) 7);
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), IdeRig.disk(second))) {
      rig.out(AtaRegister.DEVICE, 0xe0);
      rig.out(AtaRegister.SECTOR_COUNT, 1);
      rig.out(AtaRegister.LBA_LOW, 9);
      rig.out(AtaRegister.LBA_MID, 0);
      rig.out(AtaRegister.LBA_HIGH, 0);
      rig.out(AtaRegister.DEVICE, 0xf0);
      rig.out(AtaRegister.COMMAND, AtaCommand.READ_SECTORS);
      second.completeAll();
      byte[] expected = new byte[512];
      Arrays.fill(expected, (byte) 7);
      assertArrayEquals(expected, rig.dataIn(512));
      assertEquals(0, medium.waiting());
    }
  }

  @Test
  void hobShowsThePreviousContentUntilTheNextWrite() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.out(AtaRegister.LBA_MID, 0x12);
      rig.out(AtaRegister.LBA_MID, 0x34);
      rig.control(0x80);
      assertEquals(0x12, rig.in(AtaRegister.LBA_MID));
      rig.out(AtaRegister.LBA_LOW, 0);
      assertEquals(0x34, rig.in(AtaRegister.LBA_MID));
    }
  }

  @Test
  void diagnosticsSelectDriveZeroAndPass() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), IdeRig.disk(disc))) {
      rig.out(AtaRegister.DEVICE, 0x10);
      assertEquals(0xb0, rig.in(AtaRegister.DEVICE));
      rig.out(AtaRegister.COMMAND, 0x90);
      assertEquals(0xa0, rig.in(AtaRegister.DEVICE));
      assertTrue(rig.irq.level());
      assertSignature(rig, 0, 0);
      assertEquals(GOOD, rig.status());
    }
  }

  @Test
  void aSoftwareResetAbandonsTheCommandButWaitsForTheHost() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.command(AtaCommand.READ_SECTORS, 0, 1);
      rig.control(4);
      assertEquals(0x80, rig.alternateStatus());
      rig.control(0);
      assertEquals(0x80, rig.alternateStatus(), "the host still has the buffer");
      medium.completeAll();
      assertSignature(rig, 0, 0);
      assertEquals(GOOD, rig.status());
      assertFalse(rig.irq.level());
    }
  }

  @Test
  void commandsAndParametersAreIgnoredWhileBusy() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.command(AtaCommand.READ_SECTORS, 5, 1);
      rig.out(AtaRegister.LBA_LOW, 0x77);
      rig.out(AtaRegister.COMMAND, AtaCommand.STANDBY);
      assertEquals(0xc0, rig.alternateStatus());
      assertEquals(5, rig.in(AtaRegister.LBA_LOW));
    }
  }

  @Test
  void nienHoldsTheInterruptBackAndTheMasterDoesNotSeeIt() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.control(2);
      rig.command(AtaCommand.STANDBY, 0, 0);
      assertFalse(rig.irq.level());
      assertEquals(0, rig.masterStatus());
      rig.control(0);
      assertTrue(rig.irq.level());
      assertEquals(4, rig.masterStatus());
      assertEquals(GOOD, rig.alternateStatus());
      assertTrue(rig.irq.level(), "the alternate status does not acknowledge");
      rig.status();
      assertFalse(rig.irq.level());
    }
  }

  @Test
  void theInterruptIsTheSelectedDrives() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), IdeRig.disk(disc))) {
      rig.command(AtaCommand.STANDBY, 0, 0);
      assertTrue(rig.irq.level());
      rig.select(1);
      assertFalse(rig.irq.level());
      rig.select(0);
      assertTrue(rig.irq.level());
    }
  }

  @Test
  void wideAccessesToTheTaskFileAreByteAccesses() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.ports.write(IdeRig.BASE + 2, 4, 0x04030201);
      assertEquals(0x04030201, rig.ports.read(IdeRig.BASE + 2, 4));
      assertEquals(3, rig.in(AtaRegister.LBA_MID));
    }
  }

  @Test
  void resetClearsWhatTheGuestHasSet() {
    try (IdeRig rig = new IdeRig(IdeRig.disk(medium), null)) {
      rig.select(1);
      rig.control(2);
      rig.ports.write(IdeRig.MASTER + 4, 4, 0x1000);
      rig.channel.reset();
      assertEquals(0xa0, rig.in(AtaRegister.DEVICE));
      assertEquals(0, rig.ports.read(IdeRig.MASTER + 4, 4));
      rig.command(AtaCommand.STANDBY, 0, 0);
      assertTrue(rig.irq.level());
    }
  }
}
