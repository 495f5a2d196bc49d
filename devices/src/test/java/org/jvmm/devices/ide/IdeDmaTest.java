package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.ide.IdeRig.FAILED;
import static org.jvmm.devices.ide.IdeRig.GOOD;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.BlockError;
import org.jvmm.testkit.HeapDisk;

/** Bus-master DMA of a disk. */
class IdeDmaTest {
  static final int ACTIVE = 1, INTERRUPT = 4;
  static final int TARGET = 0x10_0000;

  final HeapDisk medium = medium();
  final IdeRig rig = new IdeRig(IdeRig.disk(medium), null);

  HeapDisk medium() {
    return new HeapDisk(4 << 20);
  }

  IdeDmaTest() {
    new Random(1).nextBytes(medium.bytes());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  final byte[] ram(long gpa, int length) {
    byte[] bytes = new byte[length];
    rig.memory.copyOut(gpa, bytes, 0, length);
    return bytes;
  }

  final byte[] disk(int offset, int length) {
    return Arrays.copyOfRange(medium.bytes(), offset, offset + length);
  }

  @Test
  void aReadIsScatteredToTheRegions() {
    rig.prds(TARGET, 0x300, TARGET + 0x8000, 0x100);
    rig.command(AtaCommand.READ_DMA, 8, 2);
    rig.startDma(true);
    assertEquals(ACTIVE, rig.masterStatus());
    medium.completeAll();
    assertTrue(rig.irq.level());
    assertEquals(INTERRUPT, rig.masterStatus(), "the table described just the transfer");
    assertEquals(GOOD, rig.status());
    assertArrayEquals(disk(8 * 512, 0x300), ram(TARGET, 0x300));
    assertArrayEquals(disk(8 * 512 + 0x300, 0x100), ram(TARGET + 0x8000, 0x100));
  }

  @Test
  void theBusMasterMayBeStartedWhenTheDataIsThereAlready() {
    rig.prds(TARGET, 0x200);
    rig.command(AtaCommand.READ_DMA, 8, 1);
    medium.completeAll();
    assertFalse(rig.irq.level());
    rig.startDma(true);
    medium.completeAll();
    assertTrue(rig.irq.level());
    assertArrayEquals(disk(8 * 512, 0x200), ram(TARGET, 0x200));
  }

  @Test
  void aWriteIsGatheredAndAcknowledgedWhenTheHostHasIt() {
    byte[] data = new byte[0x400];
    new Random(3).nextBytes(data);
    rig.memory.copyIn(TARGET, data, 0, 0x100);
    rig.memory.copyIn(TARGET + 0x1000, data, 0x100, 0x300);
    rig.prds(TARGET, 0x100, TARGET + 0x1000, 0x300);
    rig.command(AtaCommand.WRITE_DMA, 16, 2);
    rig.startDma(false);
    assertFalse(rig.irq.level());
    assertEquals(ACTIVE, rig.masterStatus());
    medium.completeAll();
    assertEquals(INTERRUPT, rig.masterStatus());
    assertEquals(GOOD, rig.status());
    assertArrayEquals(data, disk(16 * 512, 0x400));
  }

  @Test
  void largeTransfersGoOnBufferByBuffer() {
    long[] regions = new long[2 * 40];
    for (int i = 0; i < 40; i++) {
      regions[2 * i] = TARGET + i * 0x1_0000L;
      regions[2 * i + 1] = 0; // 64 KiB
    }
    rig.prds(regions);
    rig.commandExt(AtaCommand.READ_DMA_EXT, 64, 40 * 128);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(INTERRUPT, rig.masterStatus());
    assertArrayEquals(disk(64 * 512, 40 << 16), ram(TARGET, 40 << 16));
    assertEquals(3, medium.log().size(), "runs of 1 MiB");
    rig.status();
    rig.stopDma();
    rig.prds(regions);
    rig.commandExt(AtaCommand.WRITE_DMA_EXT, 0, 40 * 128);
    rig.startDma(false);
    medium.completeAll();
    assertEquals(GOOD, rig.status());
    assertArrayEquals(ram(TARGET, 40 << 16), disk(0, 40 << 16));
  }

  @Test
  void aLongerTableLeavesTheMasterActive() {
    rig.prds(TARGET, 0x400);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(ACTIVE | INTERRUPT, rig.masterStatus());
    rig.stopDma();
    assertEquals(INTERRUPT, rig.masterStatus());
    rig.ports.write(IdeRig.MASTER + 2, 1, INTERRUPT);
    assertEquals(0, rig.masterStatus());
  }

  @Test
  void aShorterTableEndsWithoutInterrupt() {
    rig.prds(TARGET, 0x100);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(0, rig.masterStatus());
    assertFalse(rig.irq.level());
    assertEquals(GOOD, rig.status());
  }

  @Test
  void nothingOfAWriteWithAShorterTableReachesTheDisk() {
    rig.prds(TARGET, 0x100);
    rig.command(AtaCommand.WRITE_DMA, 0, 1);
    rig.startDma(false);
    assertEquals(0, rig.masterStatus());
    assertEquals(0, medium.waiting());
  }

  @Test
  void aTableWithoutEndStopsAtThe64KiBBoundary() {
    for (int at = 0x2_fff0; at < 0x3_1000; at += 8) {
      rig.memory.write32(at, TARGET);
      rig.memory.write32(at + 4, 0x10);
    }
    rig.ports.write(IdeRig.MASTER + 4, 4, 0x2_fff0);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(0, rig.masterStatus());
  }

  @Test
  void regionsInHolesFloatAndDoNoHarm() {
    rig.prds(0xfee0_0000L, 0x200);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(GOOD, rig.status());
    rig.stopDma();
    rig.prds(0xffff_ff00L, 0x200); // wraps at 4 GiB
    rig.command(AtaCommand.WRITE_DMA, 0, 1);
    rig.startDma(false);
    medium.completeAll();
    assertEquals(GOOD, rig.status());
    assertEquals(-1, medium.bytes()[0]);
    assertArrayEquals(ram(0, 0x100), disk(0x100, 0x100));
  }

  @Test
  void withoutTheBusMasterEnableBitNoMemoryIsTouched() {
    rig.channel.enableBusMaster(false);
    rig.prds(TARGET, 0x200);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(GOOD, rig.status());
    assertArrayEquals(new byte[0x200], ram(TARGET, 0x200));
  }

  @Test
  void stoppingTheMasterLeavesTheDriveWaitingUntilReset() {
    rig.prds(TARGET, 0x200);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    rig.stopDma();
    medium.completeAll();
    assertEquals(0, rig.masterStatus());
    assertEquals(0xc0, rig.alternateStatus());
    rig.control(4);
    rig.control(0);
    assertEquals(GOOD, rig.status());
    assertArrayEquals(new byte[0x200], ram(TARGET, 0x200));
  }

  @Test
  void hostErrorsInterruptWithTheMasterStillActive() {
    medium.fail(BlockError.IO, 0);
    rig.prds(TARGET, 0x200);
    rig.command(AtaCommand.READ_DMA, 3, 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(ACTIVE | INTERRUPT, rig.masterStatus());
    assertEquals(FAILED, rig.status());
    assertEquals(0x40, rig.error());
  }

  @Test
  void softwareKeepsItsDmaCapableBits() {
    rig.ports.write(IdeRig.MASTER + 2, 1, 0x60);
    assertEquals(0x60, rig.masterStatus());
    rig.ports.write(IdeRig.MASTER + 2, 1, 0x20);
    assertEquals(0x20, rig.masterStatus());
  }

  @Test
  void theTablePointerIsAlignedAndTakesBytes() {
    rig.ports.write(IdeRig.MASTER + 4, 4, 0x12345677);
    assertEquals(0x12345674, rig.ports.read(IdeRig.MASTER + 4, 4));
    rig.ports.write(IdeRig.MASTER + 5, 1, 0xab);
    assertEquals(0x1234ab74, rig.ports.read(IdeRig.MASTER + 4, 4));
  }

  // TRIM

  private void trim(long... entries) {
    for (int i = 0; i < 64; i++) {
      rig.memory.write64(TARGET + 8L * i, i < entries.length ? entries[i] : 0);
    }
    rig.prds(TARGET, 0x200);
    rig.features(1).command(AtaCommand.DATA_SET_MANAGEMENT, 0, 1);
    rig.startDma(false);
    medium.completeAll();
  }

  @Test
  void trimDiscardsEachRange() {
    trim(2L << 48 | 4, 0, 8L << 48 | 100);
    assertEquals(INTERRUPT, rig.masterStatus());
    assertEquals(GOOD, rig.status());
    assertEquals(List.of("DISCARD 0x800+0x400", "DISCARD 0xc800+0x1000"), medium.log());
  }

  @Test
  void trimOfRangesBeyondTheEndAborts() {
    trim(1L << 48 | 0xffff_ffff_ffffL);
    assertEquals(INTERRUPT, rig.masterStatus());
    assertEquals(FAILED, rig.status());
    assertEquals(4, rig.error());
  }

  @Test
  void dataSetManagementDoesNothingButTrim() {
    rig.features(0).command(AtaCommand.DATA_SET_MANAGEMENT, 0, 1);
    assertEquals(FAILED, rig.status());
  }
}
