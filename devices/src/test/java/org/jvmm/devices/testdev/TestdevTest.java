package org.jvmm.devices.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class TestdevTest {
  private static final int SLOT = 4 << 3;
  private static final long BAR0 = 0xFEB0_0000L;
  private static final int BAR1 = 0xC000;

  private static final class Bench {
    final PortBus ports = new PortBus();
    final MmioBus mmio = new MmioBus();
    final PciBus bus =
        new PciBus(
            new MovableWindows(ports, mmio, new MemoryMap()),
            (slot, pin) -> IrqLine.UNCONNECTED,
            (address, data) -> {});
    final RecordingIrqLine[] lines =
        IntStream.range(0, PcTestdev.LINES)
            .mapToObj(i -> new RecordingIrqLine())
            .toArray(RecordingIrqLine[]::new);
    final PcTestdev isa = new PcTestdev(i -> lines[i]);
    final PciTestdev pci = new PciTestdev(bus, 4, 1L << 40);

    Bench() {
      ports.attach("pc-testdev", 0xE0, PcTestdev.SCRATCH_PORTS, 4, isa.scratchPorts());
      ports.attach("pc-testdev", 0xE4, PcTestdev.FLUSH_PORTS, 4, isa.flushPorts());
      ports.attach("pc-testdev", 0xE8, PcTestdev.SCRATCH_PORTS, 1, isa.scratchPorts());
      ports.attach("pc-testdev", 0x2000, PcTestdev.LINES, 1, isa.linePorts());
      mmio.attach("pc-testdev", 0xFF00_0000L, PcTestdev.STORAGE, 8, isa.storage());
      bus.write(SLOT, PciConfig.bar(0), 4, (int) BAR0);
      bus.write(SLOT, PciConfig.bar(1), 4, BAR1);
      bus.write(SLOT, PciConfig.COMMAND, 2, 3);
    }
  }

  private final Bench bench = new Bench();

  @Test
  void theScratchRegisterTakesEveryWidthInBothPlaces() {
    bench.ports.write(0xE0, 4, 0x12345678);
    assertEquals(0x12345678, bench.ports.read(0xE8, 4));
    bench.ports.write(0xE9, 1, 0xAB);
    assertEquals(0x1234AB78, bench.ports.read(0xE0, 4));
    assertEquals(0x34AB, bench.ports.read(0xE1, 2));
    bench.ports.write(0xE4, 4, 0x1000);
  }

  @Test
  void aPortDrivesItsInterruptInput() {
    bench.ports.write(0x2000 + 19, 1, 2);
    assertTrue(bench.lines[19].level());
    bench.ports.write(0x2000 + 19, 1, 0);
    assertFalse(bench.lines[19].level());
  }

  @Test
  void theStorageKeepsBytesOfAnyAccess() {
    bench.mmio.write(0xFF00_0003L, 8, 0x8877665544332211L);
    assertEquals(0x8877665544332211L, bench.mmio.read(0xFF00_0003L, 8));
    assertEquals(0x4433, bench.mmio.read(0xFF00_0005L, 2));
    bench.isa.reset();
    assertEquals(0, bench.mmio.read(0xFF00_0005L, 2));
  }

  @Test
  void aStartedTestTellsWhereToWriteAndCountsIt() {
    bench.mmio.write(BAR0, 1, 0);
    assertEquals(1, bench.mmio.read(BAR0 + 1, 1));
    long offset = bench.mmio.read(BAR0 + 4, 4);
    int data = (int) bench.mmio.read(BAR0 + 8, 1);
    bench.mmio.write(BAR0 + offset, 1, data);
    bench.mmio.write(BAR0 + offset, 1, data + 1);
    assertEquals(1, bench.mmio.read(BAR0 + 12, 4));
    assertEquals('m', bench.mmio.read(BAR0 + 16, 1));
  }

  @Test
  void theIoBarHasItsOwnTests() {
    bench.ports.write(BAR1, 1, 0);
    int offset = bench.ports.read(BAR1 + 4, 4);
    assertTrue(offset >= 128 && offset < 256);
    bench.ports.write(BAR1 + offset, 1, bench.ports.read(BAR1 + 8, 1));
    assertEquals(1, bench.ports.read(BAR1 + 12, 4));
    assertEquals('p', bench.ports.read(BAR1 + 16, 1));
    bench.ports.write(BAR1, 1, 2);
    assertEquals('d', bench.ports.read(BAR1 + 16 + 7, 1));
  }

  @Test
  void aTestThatDoesNotExistHasNoWidth() {
    bench.mmio.write(BAR0, 1, 3);
    assertEquals(0, bench.mmio.read(BAR0 + 1, 1));
  }

  @Test
  void theMembarIsAs64BitWideAsAsked() {
    bench.bus.write(SLOT, PciConfig.bar(2), 4, -1);
    bench.bus.write(SLOT, PciConfig.bar(3), 4, -1);
    assertEquals(4, bench.bus.read(SLOT, PciConfig.bar(2), 4));
    assertEquals(0xFFFF_FF00, bench.bus.read(SLOT, PciConfig.bar(3), 4));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Bench other = new Bench();
    BusFuzz.ports(bench.isa.scratchPorts(), 4, 4)
        .beside(random -> bench.ports.write(0x2000 + random.nextInt(24), 1, random.nextInt(2)))
        .beside(random -> bench.mmio.write(BAR0 + random.nextInt(4096), 4, random.nextInt(8)))
        .beside(random -> bench.ports.read(BAR1 + random.nextInt(256), 4))
        .beside(random -> SnapshotCheck.roundTrip(bench.pci, other.pci))
        .run(2_000);
    SnapshotCheck.roundTrip(bench.isa, other.isa);
    BusFuzz.mmio(bench.isa.storage(), PcTestdev.STORAGE, 8).run(10_000);
  }
}
