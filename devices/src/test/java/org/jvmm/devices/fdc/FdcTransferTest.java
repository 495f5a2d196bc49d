package org.jvmm.devices.fdc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.fdc.FdcRig.BUFFER;
import static org.jvmm.devices.fdc.FdcRig.DOR;
import static org.jvmm.devices.fdc.FdcRig.FIFO;
import static org.jvmm.devices.fdc.FdcRig.FROM_MEMORY;
import static org.jvmm.devices.fdc.FdcRig.MSR;
import static org.jvmm.devices.fdc.FdcRig.TO_MEMORY;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.BlockError;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.SnapshotCheck;

/** Commands with data, with and without DMA. */
final class FdcTransferTest {
  private static final int READ = 0x46, READ_BOTH = 0xC6, WRITE = 0x45, WRITE_BOTH = 0xC5;
  private static final int CYLINDER = 36 * 512;

  private final HeapDisk disk = FdcRig.disk();
  private final FdcRig rig = new FdcRig(FdcRig.drive(disk)).start();

  @AfterEach
  void free() {
    rig.close();
  }

  private byte[] onDisk(int block, int length) {
    return Arrays.copyOfRange(disk.bytes(), block * 512, block * 512 + length);
  }

  private byte[] inMemory(int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (i * 3 + i / 512);
    }
    rig.memory.copyIn(BUFFER, data);
    return data;
  }

  @Test
  void aSectorIsReadWhileTheCpuGoesOn() {
    rig.dma(TO_MEMORY, BUFFER, 512);
    rig.data(READ, 0, 2, 1, 5);
    assertEquals(0x10, rig.in(MSR));
    assertFalse(rig.irq.level());
    disk.completeAll();
    assertTrue(rig.irq.level());
    assertEquals(List.of(0x04, 0, 0, 2, 1, 6, 2), rig.result());
    assertFalse(rig.irq.level());
    assertArrayEquals(onDisk(2 * 36 + 18 + 4, 512), rig.bytes(BUFFER, 512));
  }

  @Test
  void aCylinderIsReadWithBothHeads() {
    rig.dma(TO_MEMORY, BUFFER, CYLINDER);
    rig.data(READ_BOTH, 0, 7, 0, 1);
    disk.completeAll();
    assertEquals(List.of(0, 0, 0, 8, 0, 1, 2), rig.result());
    assertArrayEquals(onDisk(7 * 36, CYLINDER), rig.bytes(BUFFER, CYLINDER));
    assertEquals(2, disk.log().size(), "requests: one a track");
  }

  @Test
  void withoutTerminalCountTheEndOfTheTrackIsAnError() {
    rig.dma(TO_MEMORY, BUFFER, 4096);
    rig.data(READ, 0, 0, 0, 17);
    disk.completeAll();
    assertEquals(List.of(0x40, 0x80, 0, 1, 0, 1, 2), rig.result());
    assertArrayEquals(onDisk(16, 1024), rig.bytes(BUFFER, 1024));
  }

  @Test
  void sectorsBehindTheTracksLastOneAreNotFound() {
    rig.dma(TO_MEMORY, BUFFER, 4096);
    rig.send(READ, 0, 0, 0, 18, 2, 20, 27, 0xFF);
    disk.completeAll();
    assertEquals(List.of(0x40, 0x04, 0, 0, 0, 19, 2), rig.result());
    rig.send(READ, 0, 0, 0, 18, 2, 17, 27, 0xFF); // EOT lies before the first sector
    disk.completeAll();
    assertEquals(List.of(0x40, 0x04, 0, 0, 0, 19, 2), rig.result());
    rig.data(READ, 0, 0, 0, 0);
    assertEquals(List.of(0x40, 0x04, 0, 0, 0, 0, 2), rig.result());
    rig.send(READ, 0, 0, 0, 1, 3, 18, 27, 0xFF); // sectors of 1024 bytes
    assertEquals(0x04, rig.result().get(1));
    rig.send(READ, 4, 0, 0, 1, 2, 18, 27, 0xFF); // head 1 finds IDs of head 1
    assertEquals(0x04, rig.result().get(1));
  }

  @Test
  void aTransferWaitsForTheDmaController() {
    rig.dma(TO_MEMORY, BUFFER, 512);
    rig.out(0x0A, 6); // masked
    rig.data(READ, 0, 0, 0, 1);
    disk.completeAll();
    assertEquals(0x10, rig.in(MSR));
    assertEquals(0x40, rig.in(0x08) & 0x40); // DREQ 2
    rig.out(0x0A, 2);
    assertEquals(0, rig.result().get(0));
    assertArrayEquals(onDisk(0, 512), rig.bytes(BUFFER, 512));
    assertEquals(0, rig.in(0x08) & 0x40);
  }

  @Test
  void writtenDataIsDurableWhenTheCommandEnds() {
    byte[] data = inMemory(1024);
    rig.dma(FROM_MEMORY, BUFFER, 1024);
    rig.data(WRITE, 0, 3, 0, 2);
    disk.completeOne();
    assertFalse(rig.irq.level());
    disk.completeAll();
    assertEquals(List.of(0, 0, 0, 3, 0, 4, 2), rig.result());
    int from = (3 * 36 + 1) * 512;
    assertArrayEquals(data, Arrays.copyOfRange(disk.durable(), from, from + 1024));
  }

  @Test
  void theRestOfASectorThatTerminalCountCutsOffIsZeroes() {
    inMemory(1024);
    rig.dma(FROM_MEMORY, BUFFER, 600);
    rig.data(WRITE, 0, 0, 0, 1);
    disk.completeAll();
    assertEquals(3, rig.result().get(5));
    assertArrayEquals(new byte[424], Arrays.copyOfRange(disk.bytes(), 600, 1024));
    assertEquals(FdcRig.disk().bytes()[1024], disk.bytes()[1024]);
  }

  @Test
  void writesGoOnWithTheOtherHead() {
    byte[] data = inMemory(4 * 512);
    rig.dma(FROM_MEMORY, BUFFER, 4 * 512);
    rig.data(WRITE_BOTH, 0, 1, 0, 17);
    disk.completeAll();
    assertEquals(List.of(0x04, 0, 0, 1, 1, 3, 2), rig.result());
    assertArrayEquals(data, onDisk(36 + 16, 4 * 512));
  }

  @Test
  void dataPassesThroughTheFifoWithoutDma() {
    rig.send(0x03, 0xDF, 0x03);
    rig.data(READ, 0, 0, 0, 17);
    assertEquals(0x30, rig.in(MSR));
    disk.completeAll();
    assertTrue(rig.irq.level());
    byte[] data = new byte[1024];
    for (int i = 0; i < data.length; i++) {
      assertEquals(0xF0, rig.in(MSR));
      data[i] = (byte) rig.in(FIFO);
    }
    assertEquals(2, rig.irq.rises(), "edges: data, result");
    assertEquals(0x80, rig.result().get(1), "TC comes by DMA only");
    assertArrayEquals(onDisk(16, 1024), data);
  }

  @Test
  void writesTakeTheirDataFromTheFifoWithoutDma() {
    rig.send(0x03, 0xDF, 0x03);
    rig.data(WRITE, 0, 0, 0, 18);
    assertEquals(0xB0, rig.in(MSR));
    for (int i = 0; i < 512; i++) {
      rig.out(FIFO, i & 0xFF);
    }
    assertEquals(0x30, rig.in(MSR));
    disk.completeAll();
    assertEquals(List.of(0x40, 0x80, 0, 1, 0, 1, 2), rig.result());
    assertEquals(0x7F, onDisk(17, 512)[0x17F]);
  }

  @Test
  void aTrackIsFormattedWithItsFiller() {
    rig.send(0x0F, 0, 9);
    rig.command(0x08);
    rig.dma(FROM_MEMORY, BUFFER, 4 * 18);
    rig.send(0x4D, 4, 2, 18, 0x54, 0xF6);
    disk.completeAll();
    assertEquals(0x04, rig.result().get(0));
    byte[] track = new byte[18 * 512];
    Arrays.fill(track, (byte) 0xF6);
    assertArrayEquals(track, onDisk(9 * 36 + 18, track.length));
    assertEquals(FdcRig.disk().bytes()[(9 * 36 + 36) * 512], onDisk(9 * 36 + 36, 1)[0]);
    rig.dma(FROM_MEMORY, BUFFER, 4 * 15);
    rig.send(0x4D, 4, 2, 15, 0x54, 0x00); // not the image's format
    assertEquals(0x54, rig.result().get(0));
    assertArrayEquals(track, onDisk(9 * 36 + 18, track.length));
  }

  @Test
  void verifyReadsWithoutTransfer() {
    rig.send(0xD6, 0x80, 0, 0, 17, 2, 18, 27, 4); // four sectors, over both heads
    disk.completeAll();
    assertEquals(List.of(0x04, 0, 0, 0, 1, 3, 2), rig.result());
    rig.send(0x56, 0, 0, 0, 1, 2, 18, 27, 0xFF);
    disk.fail(BlockError.IO, 0).completeAll();
    assertEquals(List.of(0x40, 0x20, 0x20), rig.result().subList(0, 3));
  }

  @Test
  void deletedDataIsNotThere() {
    rig.dma(TO_MEMORY, BUFFER, 4096);
    rig.data(0x4C, 0, 0, 0, 3); // the first sector has the other mark
    disk.completeAll();
    assertEquals(List.of(0, 0, 0x40, 0, 0, 4, 2), rig.result());
    rig.data(0x6C, 0, 0, 0, 3); // all are skipped
    assertEquals(List.of(0x40, 0x04, 0), rig.result().subList(0, 3));
  }

  @Test
  void aFailureOfTheHostIsOneOfTheDrive() {
    rig.dma(TO_MEMORY, BUFFER, 512);
    rig.data(READ, 0, 0, 0, 1);
    disk.fail(BlockError.IO, 0).completeAll();
    assertEquals(List.of(0x40, 0x20, 0x20, 0, 0, 1, 2), rig.result());
    rig.dma(FROM_MEMORY, BUFFER, 512);
    rig.data(WRITE, 0, 0, 0, 1);
    disk.completeAll();
    assertEquals(List.of(0x50, 0, 0, 0, 0, 1, 2), rig.result());
  }

  @Test
  void aFullHostPausesTheMachineAndTheWriteIsMadeAgain() {
    List<Runnable> retries = new ArrayList<>();
    DriveEvents board =
        new DriveEvents() {
          @Override
          public boolean stop(BlockError error, Runnable retry) {
            return retries.add(retry);
          }

          @Override
          public void tray(boolean open) {}
        };
    try (FdcRig other = new FdcRig(new FloppyDrive(disk, ErrorPolicy.USUAL, board)).start()) {
      other.dma(FROM_MEMORY, BUFFER, 512);
      other.data(WRITE, 0, 0, 0, 1);
      disk.fail(BlockError.NO_SPACE, 0).completeAll();
      assertEquals(0x10, other.in(MSR));
      disk.fail(null, 0);
      retries.get(0).run();
      disk.completeAll();
      assertEquals(0, other.result().get(0));
      assertArrayEquals(new byte[512], onDisk(0, 512));
    }
  }

  @Test
  void aCommandAfterAResetWaitsForWhatTheHostStillHas() {
    inMemory(512);
    rig.dma(FROM_MEMORY, BUFFER, 512);
    rig.data(WRITE, 0, 0, 0, 1);
    rig.out(DOR, 0, 0x1C);
    rig.memory.copyIn(BUFFER, new byte[512]);
    rig.dma(FROM_MEMORY, BUFFER, 512);
    rig.data(WRITE, 0, 0, 0, 2);
    assertEquals(0x10, rig.in(MSR));
    assertEquals(1, disk.waiting());
    disk.completeAll();
    assertEquals(0, rig.result().get(0));
    assertEquals(3, onDisk(0, 512)[1]); // the old command's data
    assertArrayEquals(new byte[512], onDisk(1, 512));
  }

  @Test
  void takingTheDiskOutEndsWhatIsUnderWay() {
    rig.dma(TO_MEMORY, BUFFER, 512);
    rig.data(READ, 0, 0, 0, 1);
    rig.fdc.insert(0, null);
    assertEquals(List.of(0x40, 0x01, 0), rig.result().subList(0, 3));
    disk.completeAll();
    assertEquals(0x80, rig.in(MSR));
  }

  @Test
  void whatAShortImageLacksReadsAsZeroes() {
    HeapDisk half = new HeapDisk(700_000);
    Arrays.fill(half.bytes(), (byte) 1);
    rig.fdc.insert(0, half);
    rig.dma(TO_MEMORY, BUFFER, 18 * 512);
    rig.data(READ, 0, 37, 1, 1); // block 1350 on; the image ends in block 1367
    half.completeAll();
    assertEquals(0x04, rig.result().get(0));
    int there = 700_000 - 1350 * 512;
    assertEquals(1, rig.bytes(BUFFER + there - 1, 1)[0]);
    assertArrayEquals(new byte[18 * 512 - there], rig.bytes(BUFFER + there, 18 * 512 - there));
    rig.dma(FROM_MEMORY, BUFFER, 512);
    rig.data(WRITE, 0, 79, 0, 1);
    half.completeAll();
    assertEquals(0x50, rig.result().get(0));
  }

  @Test
  void nothingReachesTheGuestAfterPowerOff() {
    rig.dma(TO_MEMORY, BUFFER, 512);
    rig.data(READ, 0, 0, 0, 1);
    rig.fdc.powerOff();
    disk.completeAll();
    assertArrayEquals(new byte[512], rig.bytes(BUFFER, 512));
    assertFalse(rig.irq.level());
  }

  @Test
  void aStateSavedInMidTransferGoesOnElsewhere() {
    byte[] data = inMemory(1024);
    rig.dma(FROM_MEMORY, BUFFER, 1024);
    rig.data(WRITE, 0, 5, 0, 1);
    try (FdcRig other = new FdcRig(FdcRig.drive(disk))) {
      other.fdc.restore(rig.fdc.save());
      disk.completeOne(); // the old machine's
      Arrays.fill(disk.bytes(), 5 * 36 * 512, 5 * 36 * 512 + 1024, (byte) 0);
      rig.fdc.powerOff();
      disk.completeAll();
      assertEquals(List.of(0, 0, 0, 5, 0, 3, 2), other.result());
      assertArrayEquals(data, onDisk(5 * 36, 1024));
    }
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    try (FdcRig other = new FdcRig(FdcRig.drive(FdcRig.disk()))) {
      int[] codes = {0x03, 0x45, 0x46, 0xC5, 0xC6, 0x4D, 0x4A, 0x56, 0x42, 0x0F, 0x07, 0x08, 0x13};
      BusFuzz.ports(rig.fdc, Fdc82077.PORTS, 1)
          .beside(random -> rig.out(DOR, 0x1C))
          .beside(random -> disk.completeAll())
          .beside(random -> disk.fail(random.nextInt(9) == 0 ? BlockError.IO : null, 0))
          .beside(random -> rig.out(FIFO, codes[random.nextInt(codes.length)]))
          .beside(random -> fifo(random.nextInt(4), random.nextInt(80), random.nextInt(2)))
          .beside(random -> rig.out(0x3F7, random.nextInt(8) == 0 ? random.nextInt(256) : 0))
          .beside(random -> rig.dma(random.nextInt(256) & 0xFC, BUFFER, 1 + random.nextInt(20_000)))
          .beside(random -> rig.fdc.insert(0, random.nextInt(8) == 0 ? null : disk))
          .beside(random -> SnapshotCheck.roundTrip(rig.fdc, other.fdc))
          .run(30_000);
    }
  }

  /** The parameters that most commands with data want. */
  private void fifo(int drive, int cylinder, int head) {
    int[] bytes = {head << 2 | drive & 1, cylinder, head, 1, 2, 18, 27, 0xFF};
    rig.out(FIFO, bytes);
  }
}
