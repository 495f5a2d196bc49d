package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.ide.IdeRig.FAILED;
import static org.jvmm.devices.ide.IdeRig.GOOD;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.ScatterList;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.testkit.HeapDisk;

/** The same with a host end that moves the bytes of guest memory itself, and what is its own. */
final class IdeScatterTest extends IdeDmaTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Override
  HeapDisk medium() {
    return super.medium().scattering();
  }

  private void read(int sector, int count) {
    rig.command(AtaCommand.READ_DMA, sector, count);
    rig.startDma(true);
  }

  private void write(int sector, int count) {
    rig.command(AtaCommand.WRITE_DMA, sector, count);
    rig.startDma(false);
  }

  /** A vCPU does something that has to wait for the host, which goes on only when it waits. */
  private void whileTheHostIsBusy(Runnable action) {
    assertTimeoutPreemptively(
        LONG,
        () -> {
          Thread vcpu = new Thread(action);
          vcpu.start();
          while (vcpu.getState() != Thread.State.WAITING) {
            assertTrue(vcpu.isAlive(), "it did not wait");
            Thread.sleep(1);
          }
          medium.completeAll();
          vcpu.join();
        });
  }

  @Override
  @Test
  void stoppingTheMasterLeavesTheDriveWaitingUntilReset() {
    rig.prds(TARGET, 0x200);
    rig.command(AtaCommand.READ_DMA, 0, 1);
    rig.startDma(true);
    whileTheHostIsBusy(rig::stopDma);
    assertEquals(INTERRUPT, rig.masterStatus());
    assertEquals(GOOD, rig.status());
    assertArrayEquals(disk(0, 0x200), ram(TARGET, 0x200));
  }

  @Test
  void memoryIsNotTouchedAfterAResetOrPowerOff() {
    for (Runnable end : List.<Runnable>of(rig.channel::reset, rig.channel::powerOff)) {
      rig.prds(TARGET, 0x200);
      read(0, 1);
      whileTheHostIsBusy(end);
      assertEquals(0, medium.waiting());
    }
  }

  @Test
  void aTransferPassesNoBuffer() {
    rig.prds(TARGET, 0x200, TARGET + 0x200, 0x200, TARGET + 0x1000, 0x200);
    read(1, 3);
    medium.completeAll();
    rig.stopDma();
    rig.status();
    write(7, 3);
    medium.completeAll();
    assertEquals(
        List.of("READ in memory 0x200+0x600", "WRITE in memory 0xe00+0x600"), medium.log());
    assertArrayEquals(disk(0x200, 0x600), disk(0xe00, 0x600));
  }

  @Test
  void whatIsNotRamPassesTheBuffer() {
    long rom = 0xf000_0000L;
    MemorySlot slot =
        new MemorySlot("rom", rom, 0x1000, RamAllocator.HEAP.allocate("rom", 0x1000), 0, false);
    rig.map.map(slot);
    rig.prds(rom, 0x200);
    read(0, 1);
    medium.completeAll();
    assertArrayEquals(new byte[0x200], ram(rom, 0x200));
    rig.stopDma();
    write(4, 1);
    medium.completeAll();
    rig.stopDma();
    rig.prds(IdeRig.RAM - 0x100, 0x200);
    write(0, 1);
    medium.completeAll();
    assertEquals(
        List.of("READ 0x0+0x200", "WRITE in memory 0x800+0x200", "WRITE 0x0+0x200"), medium.log());
    assertEquals(-1, medium.bytes()[0x1ff]);
    assertEquals(GOOD, rig.status());
  }

  @Test
  void moreRegionsThanAListHoldsPassTheBuffer() {
    long[] regions = new long[2 * (ScatterList.MOST + 1)];
    for (int i = 0; i <= ScatterList.MOST; i++) {
      regions[2 * i] = TARGET + 0x400 * i;
      regions[2 * i + 1] = 0x200;
    }
    rig.prds(regions);
    rig.commandExt(AtaCommand.READ_DMA_EXT, 0, ScatterList.MOST + 1);
    rig.startDma(true);
    medium.completeAll();
    assertEquals(List.of("READ 0x0+0x80200"), medium.log());
    assertEquals(INTERRUPT, rig.masterStatus());
    assertArrayEquals(
        disk(ScatterList.MOST * 512, 0x200), ram(TARGET + 0x400 * ScatterList.MOST, 0x200));
  }

  @Test
  void pagesThatTheHostHasWrittenAreTold() {
    Set<Long> pages = new TreeSet<>();
    rig.prds(TARGET + 0xf00, 0x200);
    rig.memory.trackWrites(pages::add);
    read(0, 1);
    assertEquals(Set.of(), pages);
    medium.completeAll();
    assertEquals(Set.of(TARGET + 0xf00L >> 12, TARGET + 0x1000L >> 12), pages);
  }

  @Test
  void pagesOfAReadThatFailedAndWasForgottenAreTold() {
    Set<Long> pages = new TreeSet<>();
    IdeRig.Events events = new IdeRig.Events();
    HeapDisk bad = medium().fail(BlockError.IO, 0);
    ErrorPolicy stops = new ErrorPolicy(ErrorPolicy.Action.STOP, ErrorPolicy.Action.STOP);
    DriveIdentity identity = IdeRig.identity(DriveIdentity.DISK_MODEL);
    try (IdeRig paused = new IdeRig(new AtaDisk(bad, identity, stops, events), null)) {
      paused.prds(TARGET, 0x200);
      paused.memory.trackWrites(pages::add);
      paused.command(AtaCommand.READ_DMA, 0, 1);
      paused.startDma(true);
      bad.completeAll();
      assertEquals(List.of(BlockError.IO), events.stops);
      paused.channel.reset();
    }
    assertEquals(Set.of((long) TARGET >> 12), pages);
  }

  @Test
  void aFailedWriteIsToldAsOneThroughTheBuffer() {
    medium.fail(BlockError.NO_SPACE, 0);
    rig.prds(TARGET, 0x200);
    write(3, 1);
    medium.completeAll();
    assertEquals(INTERRUPT, rig.masterStatus(), "the data had been fetched");
    assertEquals(FAILED, rig.status());
    assertEquals(4, rig.error());
  }

  /** A machine that has been paused since the disk was full. */
  private static final class Paused implements AutoCloseable {
    final HeapDisk medium = new HeapDisk(1 << 20).scattering();
    final IdeRig.Events events = new IdeRig.Events();
    final AtaDisk disk =
        new AtaDisk(medium, IdeRig.identity(DriveIdentity.DISK_MODEL), ErrorPolicy.USUAL, events);
    final IdeRig rig = new IdeRig(disk, null);

    Paused() {
      rig.memory.write8(TARGET, 1);
      rig.prds(TARGET, 0x200);
      rig.command(AtaCommand.WRITE_DMA, 0, 1);
      rig.startDma(false);
      medium.fail(BlockError.NO_SPACE, 0).completeAll();
      medium.fail(null, 0);
      assertEquals(List.of(BlockError.NO_SPACE), events.stops);
      assertFalse(rig.irq.level());
    }

    @Override
    public void close() {
      rig.close();
    }
  }

  @Test
  void aPausedTransferIsMadeAgain() {
    try (Paused machine = new Paused()) {
      machine.events.retry.run();
      machine.medium.completeAll();
      assertTrue(machine.rig.irq.level());
      assertEquals(INTERRUPT, machine.rig.masterStatus());
      assertEquals(1, machine.medium.bytes()[0]);
    }
  }

  @Test
  void aPausedTransferIsForgottenByAReset() {
    try (Paused machine = new Paused()) {
      machine.rig.channel.reset();
      assertEquals(GOOD, machine.rig.status());
      machine.events.retry.run();
      assertEquals(0, machine.medium.waiting());
      assertEquals(0, machine.medium.bytes()[0]);
    }
  }
}
