package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.SnapshotCheck;

/** States saved in mid-command go on in another machine. */
final class IdeSnapshotTest {
  private final HeapDisk medium = new HeapDisk(1 << 20);
  private final HeapDisk copy = new HeapDisk(1 << 20);

  IdeSnapshotTest() {
    new Random(1).nextBytes(medium.bytes());
    System.arraycopy(medium.bytes(), 0, copy.bytes(), 0, 1 << 20);
  }

  private static byte[] noise(int length) {
    byte[] data = new byte[length];
    new Random(2).nextBytes(data);
    return data;
  }

  private byte[] sectors(int first, int count) {
    return Arrays.copyOfRange(copy.bytes(), first * 512, (first + count) * 512);
  }

  /** A machine with one drive, and its double. */
  private static final class Pair implements AutoCloseable {
    final Drive drive;
    final Drive other;
    final IdeRig rig;
    final IdeRig twin;

    Pair(Drive drive, Drive other) {
      this.drive = drive;
      this.other = other;
      rig = new IdeRig(drive, null);
      twin = new IdeRig(other, null);
    }

    /** Moves RAM over, as far as the tests use it, then channel and drive. */
    void move() {
      byte[] low = new byte[1 << 17];
      rig.memory.copyOut(0, low, 0, low.length);
      twin.memory.copyIn(0, low);
      SnapshotCheck.roundTrip(rig.channel, twin.channel);
      if (drive instanceof AtaDisk disk) {
        SnapshotCheck.roundTrip(disk, (AtaDisk) other);
      } else {
        SnapshotCheck.roundTrip((CdRom) drive, (CdRom) other);
      }
      assertEquals(rig.irq.level(), twin.irq.level());
    }

    @Override
    public void close() {
      rig.close();
      twin.close();
    }
  }

  private Pair disks() {
    return new Pair(IdeRig.disk(medium), IdeRig.disk(copy));
  }

  private Pair discs() {
    return new Pair(IdeRig.cd(medium), IdeRig.cd(copy));
  }

  @Test
  void aPioReadGoesOnInTheMiddleOfABlock() {
    try (Pair pair = disks()) {
      pair.rig.command(AtaCommand.READ_SECTORS, 2, 2);
      medium.completeAll();
      byte[] head = pair.rig.dataIn(700 - 188);
      byte[] more = pair.rig.dataIn(100);
      pair.move();
      byte[] rest = pair.twin.dataIn(412);
      byte[] expected = sectors(2, 2);
      assertArrayEquals(Arrays.copyOf(expected, 512), head);
      assertArrayEquals(Arrays.copyOfRange(expected, 512, 612), more);
      assertArrayEquals(Arrays.copyOfRange(expected, 612, 1024), rest);
      assertEquals(IdeRig.GOOD, pair.twin.status());
    }
  }

  @Test
  void aReadThatIsWithTheHostIsMadeAgain() {
    try (Pair pair = disks()) {
      pair.rig.command(AtaCommand.READ_SECTORS, 2, 1);
      pair.move();
      copy.completeAll();
      assertTrue(pair.twin.irq.level());
      assertArrayEquals(sectors(2, 1), pair.twin.dataIn(512));
    }
  }

  @Test
  void aWriteThatIsWithTheHostIsMadeAgainWithItsData() {
    try (Pair pair = disks()) {
      byte[] data = noise(1024);
      pair.rig.command(AtaCommand.WRITE_SECTORS, 2, 2);
      pair.rig.dataOut(data);
      pair.move();
      copy.completeAll();
      assertArrayEquals(data, sectors(2, 2));
      assertEquals(IdeRig.GOOD, pair.twin.status());
    }
  }

  @Test
  void aPioWriteGoesOnInTheMiddleOfABlock() {
    try (Pair pair = disks()) {
      byte[] data = noise(512);
      pair.rig.command(AtaCommand.WRITE_SECTORS, 2, 1);
      pair.rig.dataOut(Arrays.copyOf(data, 200));
      pair.move();
      pair.twin.dataOut(Arrays.copyOfRange(data, 200, 512));
      copy.completeAll();
      assertArrayEquals(data, sectors(2, 1));
    }
  }

  @Test
  void dmaBetweenHostAndMemoryIsMadeAgain() {
    medium.scattering();
    copy.scattering();
    try (Pair pair = disks()) {
      pair.rig.prds(0x1_0000, 1024);
      pair.rig.command(AtaCommand.READ_DMA, 2, 2);
      pair.rig.startDma(true);
      assertEquals(1, medium.waiting());
      pair.move();
      copy.completeAll();
      assertTrue(pair.twin.irq.level());
      byte[] data = new byte[1024];
      pair.twin.memory.copyOut(0x1_0000, data, 0, data.length);
      assertArrayEquals(sectors(2, 2), data);
    }
  }

  @Test
  void dmaThatWaitsForTheBusMasterGoesOn() {
    try (Pair pair = disks()) {
      pair.rig.prds(0x1_0000, 0x200);
      pair.rig.command(AtaCommand.READ_DMA, 5, 1);
      medium.completeAll();
      pair.move();
      pair.twin.startDma(true);
      assertEquals(4, pair.twin.masterStatus());
      byte[] ram = new byte[512];
      pair.twin.memory.copyOut(0x1_0000, ram, 0, 512);
      assertArrayEquals(sectors(5, 1), ram);
    }
  }

  @Test
  void dmaGoesOnInTheMiddleOfTheTable() {
    try (Pair pair = disks()) {
      byte[] data = noise(1024);
      pair.rig.memory.copyIn(0x1_0000, data);
      pair.rig.prds(0x1_0000, 0x100, 0x1_0100, 0x300);
      pair.rig.command(AtaCommand.WRITE_DMA, 5, 2);
      pair.rig.startDma(false);
      pair.move();
      copy.completeAll();
      assertEquals(4, pair.twin.masterStatus());
      assertArrayEquals(data, sectors(5, 2));
    }
  }

  @Test
  void trimGoesOnWithItsRanges() {
    try (Pair pair = disks()) {
      pair.rig.memory.write64(0x1_0000, 1L << 48 | 1);
      pair.rig.memory.write64(0x1_0008, 1L << 48 | 9);
      pair.rig.prds(0x1_0000, 0x200);
      pair.rig.features(1).command(AtaCommand.DATA_SET_MANAGEMENT, 0, 1);
      pair.rig.startDma(false);
      pair.move();
      copy.completeAll();
      assertEquals(2, copy.log().size());
      assertEquals(IdeRig.GOOD, pair.twin.status());
    }
  }

  @Test
  void settingsMoveToo() {
    try (Pair pair = disks()) {
      pair.rig.command(AtaCommand.SET_MULTIPLE_MODE, 0, 4);
      pair.rig.status();
      pair.rig.features(0x03).command(AtaCommand.SET_FEATURES, 0, 0x22);
      pair.move();
      assertEquals(IdeRig.GOOD, pair.twin.status());
      pair.twin.command(AtaCommand.IDENTIFY_DEVICE, 0, 0);
      byte[] page = pair.twin.dataIn(512);
      assertEquals(0x104, pair.twin.word(page, 59));
      assertEquals(0x407, pair.twin.word(page, 63));
    }
  }

  @Test
  void aPacketGoesOnInTheMiddle() {
    try (Pair pair = discs()) {
      pair.rig.out(AtaRegister.DEVICE, 0xa0);
      pair.rig.out(AtaRegister.LBA_HIGH, 8);
      pair.rig.out(AtaRegister.COMMAND, AtaCommand.PACKET);
      pair.rig.dataOut(new byte[] {0x28, 0, 0, 0});
      pair.move();
      pair.twin.dataOut(new byte[] {0, 3, 0, 0, 1, 0, 0, 0});
      copy.completeAll();
      assertArrayEquals(sectors(12, 4), pair.twin.packetData());
    }
  }

  @Test
  void aReadOfADiscGoesOnBlockByBlock() {
    try (Pair pair = discs()) {
      pair.rig.packet(2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 3);
      medium.completeAll();
      pair.rig.status();
      byte[] first = pair.rig.dataIn(2048);
      pair.move();
      byte[] rest = pair.twin.packetData();
      assertArrayEquals(sectors(0, 4), first);
      assertArrayEquals(sectors(4, 8), rest);
    }
  }

  @Test
  void theTrayAndTheSenseDataMoveToo() {
    try (Pair pair = discs()) {
      pair.rig.packet(0xfffe, 0x1b, 0, 0, 0, 2);
      pair.rig.packet(0xfffe, 0x00);
      pair.move();
      assertTrue(((CdRom) pair.other).open());
      assertEquals(Sense.NO_MEDIUM_TRAY_OPEN, pair.twin.senseAfterFailure());
    }
  }

  @Test
  void aStateReplacesACommandThatIsStillWithTheHost() {
    try (Pair pair = disks()) {
      pair.twin.command(AtaCommand.READ_SECTORS, 0, 1);
      pair.rig.command(AtaCommand.READ_SECTORS, 7, 1);
      medium.completeAll();
      pair.move();
      copy.completeAll();
      assertArrayEquals(sectors(7, 1), pair.twin.dataIn(512));
    }
  }

  @Test
  void statesThatNoCommandCanReachAreRefused() {
    try (Pair pair = disks()) {
      pair.rig.command(AtaCommand.READ_SECTORS, 7, 1);
      medium.completeAll();
      AtaDisk disk = (AtaDisk) pair.drive;
      AtaDisk.State reading = disk.save();
      pair.twin.command(AtaCommand.FLUSH_CACHE, 0, 0);
      AtaDisk.State flushing = ((AtaDisk) pair.other).save();
      AtaDisk.State mixed =
          new AtaDisk.State(
              flushing.version(),
              reading.drive(),
              flushing.heads(),
              flushing.sectorsPerTrack(),
              flushing.multiple(),
              flushing.transferMode(),
              flushing.writeCache(),
              flushing.smart(),
              flushing.autosave(),
              flushing.op(),
              flushing.dma(),
              flushing.ext(),
              flushing.lba(),
              flushing.sectors(),
              flushing.block(),
              flushing.run(),
              flushing.range());
      assertThrows(SnapshotException.class, () -> disk.restore(mixed));
    }
  }
}
