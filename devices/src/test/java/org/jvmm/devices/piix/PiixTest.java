package org.jvmm.devices.piix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.SharedLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

final class PiixTest {
  private static final int ISA = 1 << 3, PM = 1 << 3 | 3;
  private static final int PIRQA = 0x60;

  private static final PortDevice PM_PORTS =
      new PortDevice() {
        @Override
        public int read(int offset, int size) {
          return 0x20 + offset;
        }

        @Override
        public void write(int offset, int size, int value) {}
      };

  private static final class Bench {
    final PortBus ports = new PortBus();
    final RecordingIrqLine[] irqs =
        IntStream.range(0, 16)
            .mapToObj(i -> new RecordingIrqLine())
            .toArray(RecordingIrqLine[]::new);
    final SharedLine[] shared =
        IntStream.range(0, 16).mapToObj(i -> new SharedLine(irqs[i])).toArray(SharedLine[]::new);
    final IsaBridge isa = new IsaBridge(irq -> shared[irq].source());
    final PciBus bus =
        new PciBus(
            new MovableWindows(ports, new MmioBus(), new MemoryMap()),
            (slot, pin) -> isa.pirq(slot + pin - 2 & 3),
            (address, data) -> {});
    final SmbusHost smbus = new SmbusHost();
    final PciFunction isaFunction = isa.plug(bus, 1);
    final PowerManagement pm = new PowerManagement(bus, 1, 3, PM_PORTS, smbus);
    final IrqLine card = bus.add(3, 0, new PciSpec("card", 1, 2).interruptPin(1)).intx();
    final IrqLine other = bus.add(7, 0, new PciSpec("other", 1, 3).interruptPin(1)).intx();
  }

  private final Bench bench = new Bench();

  @Test
  void theHeadersAreThoseOfPiix3AndPiix4() {
    assertEquals(0x70008086, bench.bus.read(ISA, 0, 4));
    assertEquals(0x06010000, bench.bus.read(ISA, 8, 4));
    assertEquals(0x80, bench.bus.read(ISA, 0x0E, 1));
    assertEquals(0x02000007, bench.bus.read(ISA, 4, 4));
    assertEquals(0x71138086, bench.bus.read(PM, 0, 4));
    assertEquals(0x06800003, bench.bus.read(PM, 8, 4));
    assertEquals(0x02000000, bench.bus.read(PM, 0x58, 4));
  }

  @Test
  void aWireReachesTheInterruptThatItIsRoutedTo() {
    bench.card.set(true); // slot 3, pin A: PIRQC
    bench.bus.write(ISA, PIRQA + 2, 1, 11);
    assertTrue(bench.irqs[11].level());
    bench.bus.write(ISA, PIRQA + 2, 1, 10);
    assertFalse(bench.irqs[11].level());
    assertTrue(bench.irqs[10].level());
    bench.bus.write(ISA, PIRQA + 2, 1, 0x80 | 10);
    assertFalse(bench.irqs[10].level());
  }

  @Test
  void wiresAndFunctionsOnOneInterruptAreWiredOr() {
    bench.bus.write(ISA, PIRQA + 2, 1, 11);
    bench.card.set(true);
    bench.other.set(true); // slot 7, pin A: PIRQC too
    bench.card.set(false);
    assertTrue(bench.irqs[11].level());
    bench.other.set(false);
    assertFalse(bench.irqs[11].level());
    assertEquals(1, bench.irqs[11].rises());
  }

  @Test
  void reservedInterruptsAreNotReached() {
    bench.card.set(true);
    for (int irq : new int[] {0, 1, 2, 8, 13}) {
      bench.bus.write(ISA, PIRQA + 2, 1, irq);
      assertFalse(bench.irqs[irq].level());
    }
  }

  @Test
  void resetEndsTheRouting() {
    bench.bus.write(ISA, PIRQA + 2, 1, 11);
    bench.card.set(true);
    bench.isaFunction.reset();
    assertFalse(bench.irqs[11].level());
    assertEquals(0x80808080, bench.bus.read(ISA, PIRQA, 4));
  }

  @Test
  void thePowerManagementPortsAreWhereTheBaseRegisterSays() {
    bench.bus.write(PM, 0x40, 4, 0xB001);
    assertEquals(0xB001, bench.bus.read(PM, 0x40, 4));
    assertEquals(0xFF, bench.ports.read(0xB008, 1));
    bench.bus.write(PM, 0x80, 1, 1);
    assertEquals(0x28, bench.ports.read(0xB008, 1));
    bench.bus.write(PM, 0x40, 4, 0x600);
    assertEquals(0xFF, bench.ports.read(0xB008, 1));
    assertEquals(0x28, bench.ports.read(0x608, 1));
    bench.pm.pci().reset();
    assertEquals(0xFF, bench.ports.read(0x608, 1));
  }

  @Test
  void nothingAnswersOnTheSmbus() {
    bench.bus.write(PM, 0x90, 4, 0x700);
    bench.bus.write(PM, 0xD2, 1, 9);
    bench.ports.write(0x704, 1, 0xA1);
    bench.ports.write(0x702, 1, 0x48);
    assertEquals(4, bench.ports.read(0x700, 1));
    assertEquals(0x08, bench.ports.read(0x702, 1));
    bench.ports.write(0x700, 1, 0x1E);
    assertEquals(0, bench.ports.read(0x700, 1));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Bench other = new Bench();
    Consumer<Random> config =
        random ->
            bench.bus.write(
                random.nextBoolean() ? ISA : PM, random.nextInt(256), 1, random.nextInt(256));
    BusFuzz.ports(bench.smbus, SmbusHost.PORTS, 1)
        .beside(config)
        .beside(random -> bench.card.set(random.nextBoolean()))
        .beside(random -> SnapshotCheck.roundTrip(bench.isaFunction, other.isaFunction))
        .beside(random -> SnapshotCheck.roundTrip(bench.pm.pci(), other.pm.pci()))
        .beside(random -> SnapshotCheck.roundTrip(bench.smbus, other.smbus))
        .run(20_000);
  }
}
