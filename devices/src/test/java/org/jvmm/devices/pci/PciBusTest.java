package org.jvmm.devices.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.devices.pci.PciConfig.Command;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

/** A function with every kind of window, driven through configuration mechanism 1. */
final class PciBusTest {
  private static final int ADDRESS = 0xCF8, DATA = 0xCFC;
  private static final int SLOT = 3;

  private static final PortDevice PORTS =
      new PortDevice() {
        @Override
        public int read(int offset, int size) {
          return 0x50 + offset;
        }

        @Override
        public void write(int offset, int size, int value) {}
      };

  private static final MmioDevice MMIO =
      new MmioDevice() {
        @Override
        public long read(long offset, int size) {
          return 0xA0 + offset;
        }

        @Override
        public void write(long offset, int size, long value) {}
      };

  private static final class Bench {
    final PortBus ports = new PortBus();
    final MmioBus mmio = new MmioBus();
    final MemoryMap memory = new MemoryMap();
    final RecordingIrqLine pin = new RecordingIrqLine();
    final List<String> messages = new ArrayList<>();
    final List<String> writes = new ArrayList<>();
    final PciBus bus =
        new PciBus(
            new MovableWindows(ports, mmio, memory),
            (slot, number) -> pin,
            (address, data) -> messages.add("%x=%x".formatted(address, data)));
    final RamBlock rom = RamAllocator.HEAP.allocate("rom", 0x1000);
    final RamBlock frame = RamAllocator.HEAP.allocate("frame", 0x2000);
    final PciFunction function =
        bus.add(
            SLOT,
            0,
            new PciSpec("probe", 0x1234, 0x5678)
                .classCode(0x020001)
                .revision(9)
                .interruptPin(1)
                .ioBar(0, 32, 4, PORTS)
                .memoryBar(1, 0x1000, 8, MMIO)
                .ramBar(2, frame)
                .memoryBar64(4, 0x1_0000, 8, MMIO)
                .rom(rom)
                .register(0x44, 2, 0x1122, 0x0F0F)
                .clearedByOnes(0x48, 1, 3)
                .capabilitiesFrom(0x60)
                .msi(4)
                .onConfigWrite((offset, size) -> writes.add("%x/%d".formatted(offset, size))));
    final ConfigMechanism mechanism = new ConfigMechanism(bus, PORTS);

    Bench() {
      ports.attach("pci-config", ADDRESS, ConfigMechanism.PORTS, 4, mechanism);
    }

    int read(int offset, int size) {
      ports.write(ADDRESS, 4, 1 << 31 | SLOT << 11 | offset & 0xFC);
      return ports.read(DATA + (offset & 3), size);
    }

    void write(int offset, int size, int value) {
      ports.write(ADDRESS, 4, 1 << 31 | SLOT << 11 | offset & 0xFC);
      ports.write(DATA + (offset & 3), size, value);
    }
  }

  private final Bench bench = new Bench();

  @Test
  void theHeaderIdentifiesTheFunctionInAnyAccessSize() {
    assertEquals(0x56781234, bench.read(PciConfig.VENDOR_ID, 4));
    assertEquals(0x5678, bench.read(PciConfig.DEVICE_ID, 2));
    assertEquals(0x56, bench.read(PciConfig.DEVICE_ID + 1, 1));
    assertEquals(0x02000109, bench.read(PciConfig.REVISION_ID, 4));
    bench.write(PciConfig.VENDOR_ID, 4, 0);
    assertEquals(0x56781234, bench.read(PciConfig.VENDOR_ID, 4));
  }

  @Test
  void anEmptySlotAnotherBusAndADisabledMechanismReadAllOnes() {
    bench.ports.write(ADDRESS, 4, 1 << 31 | 4 << 11);
    assertEquals(-1, bench.ports.read(DATA, 4));
    bench.ports.write(ADDRESS, 4, 1 << 31 | 1 << 16 | SLOT << 11);
    assertEquals(-1, bench.ports.read(DATA, 4));
    bench.ports.write(ADDRESS, 4, SLOT << 11);
    assertEquals(0xFFFF, bench.ports.read(DATA, 2));
    bench.ports.write(DATA, 4, 0x7FF);
    assertEquals(0, bench.read(PciConfig.COMMAND, 2));
  }

  @Test
  void bytesInTheAddressDoublewordGoToTheResetControlRegister() {
    bench.ports.write(ADDRESS, 4, 0x8000_0000);
    assertEquals(0x50, bench.ports.read(ADDRESS + 1, 1));
    assertEquals(0xFF, bench.ports.read(ADDRESS, 1));
    bench.ports.write(ADDRESS, 1, 0x12);
    assertEquals(0x8000_0000, bench.ports.read(ADDRESS, 4));
  }

  @Test
  void aBaseAddressRegisterTellsItsSizeAndKind() {
    for (int offset = PciConfig.BAR0; offset < PciConfig.BAR0 + 24; offset += 4) {
      bench.write(offset, 4, -1);
    }
    bench.write(PciConfig.EXPANSION_ROM, 4, -1);
    assertEquals(0xFFFF_FFE1, bench.read(PciConfig.bar(0), 4));
    assertEquals(0xFFFF_F000, bench.read(PciConfig.bar(1), 4));
    assertEquals(0xFFFF_E008, bench.read(PciConfig.bar(2), 4));
    assertEquals(0, bench.read(PciConfig.bar(3), 4));
    assertEquals(0xFFFF_0004, bench.read(PciConfig.bar(4), 4));
    assertEquals(-1, bench.read(PciConfig.bar(5), 4));
    assertEquals(0xFFFF_F001, bench.read(PciConfig.EXPANSION_ROM, 4));
  }

  @Test
  void portsAreDecodedWhereTheGuestPutsThemWhileItWants() {
    bench.write(PciConfig.bar(0), 4, 0xC000);
    assertEquals(0xFF, bench.ports.read(0xC001, 1));
    bench.write(PciConfig.COMMAND, 2, Command.IO);
    assertEquals(0x51, bench.ports.read(0xC001, 1));
    bench.write(PciConfig.bar(0) + 1, 1, 0xD0);
    assertEquals(0xFF, bench.ports.read(0xC001, 1));
    assertEquals(0x51, bench.ports.read(0xD001, 1));
    bench.write(PciConfig.bar(0), 4, -1); // probing the size while decoding
    assertEquals(0xFF, bench.ports.read(0xD001, 1));
    bench.write(PciConfig.bar(0), 4, 0xD000);
    bench.write(PciConfig.COMMAND, 2, Command.MEMORY);
    assertEquals(0xFF, bench.ports.read(0xD001, 1));
  }

  @Test
  void registersInMemoryMoveBelowAndAbove4GiB() {
    bench.write(PciConfig.COMMAND, 2, Command.MEMORY);
    bench.write(PciConfig.bar(1), 4, 0xFEB0_0000);
    assertEquals(0xA4, bench.mmio.read(0xFEB0_0004L, 1));
    bench.write(PciConfig.bar(4), 4, 0x2_0000);
    bench.write(PciConfig.bar(5), 4, 0x10);
    assertEquals(0xA8, bench.mmio.read(0x10_0002_0008L, 1));
    bench.write(PciConfig.bar(5), 4, -1);
    assertEquals(0xFF, bench.mmio.read(0x10_0002_0008L, 1));
  }

  @Test
  void ramAndRomAreMappedAsMemory() {
    bench.write(PciConfig.COMMAND, 2, Command.MEMORY);
    bench.write(PciConfig.bar(2), 4, 0xE000_0000);
    bench.memory.memory().write32(0xE000_1000L, 0x12345678);
    bench.write(PciConfig.bar(2), 4, 0xE010_0000);
    assertEquals(0x12345678, bench.memory.memory().read32(0xE010_1000L));
    assertFalse(bench.memory.memory().backed(0xE000_1000L, 4));
    bench.write(PciConfig.EXPANSION_ROM, 4, 0xE020_0000);
    assertFalse(bench.memory.memory().backed(0xE020_0000L, 4));
    bench.write(PciConfig.EXPANSION_ROM, 4, 0xE020_0001);
    bench.memory.memory().write32(0xE020_0000L, 0x55);
    assertEquals(0, bench.memory.memory().read32(0xE020_0000L));
  }

  @Test
  void aWindowInAnothersPlaceWaitsUntilItIsFree() {
    bench.write(PciConfig.bar(0), 4, 0xCC0);
    bench.write(PciConfig.COMMAND, 2, Command.IO);
    assertEquals(0x50, bench.ports.read(0xCC0, 1));
    PciFunction second = bench.bus.add(4, 0, new PciSpec("second", 1, 2).ioBar(0, 16, 4, MIRROR));
    second.write(PciConfig.bar(0), 4, 0xCF0); // reaches into the configuration mechanism
    second.write(PciConfig.COMMAND, 2, Command.IO);
    second.write(PciConfig.bar(0), 4, 0xCC0);
    assertEquals(0x50, bench.ports.read(0xCC0, 1));
    bench.write(PciConfig.bar(0), 4, 0xC000);
    assertEquals(0x77, bench.ports.read(0xCC0, 1));
  }

  private static final PortDevice MIRROR =
      new PortDevice() {
        @Override
        public int read(int offset, int size) {
          return 0x77;
        }

        @Override
        public void write(int offset, int size, int value) {}
      };

  @Test
  void thePinFollowsTheDeviceUnlessItIsDisabled() {
    bench.function.intx().set(true);
    assertTrue(bench.pin.level());
    assertEquals(8, bench.read(PciConfig.STATUS, 1) & 8);
    bench.write(PciConfig.COMMAND, 2, Command.INTERRUPT_DISABLE);
    assertFalse(bench.pin.level());
    assertEquals(8, bench.read(PciConfig.STATUS, 1) & 8);
    bench.write(PciConfig.COMMAND, 2, 0);
    assertTrue(bench.pin.level());
    bench.function.intx().set(false);
    assertFalse(bench.pin.level());
    assertEquals(0, bench.read(PciConfig.STATUS, 1) & 8);
  }

  @Test
  void messagesCarryTheVectorInTheLowBitsOfTheData() {
    assertEquals(0x60, bench.read(PciConfig.CAPABILITIES, 1));
    assertEquals(5, bench.read(0x60, 2));
    bench.function.msi(1);
    assertEquals(List.of(), bench.messages);
    bench.write(0x64, 4, 0xFEE0_1003);
    bench.write(0x6C, 2, 0x40E1);
    bench.write(0x62, 2, 2 << 4 | 1);
    assertTrue(bench.function.msiEnabled());
    bench.function.msi(3);
    bench.write(0x62, 2, 1); // one vector only: the data as it is
    bench.function.msi(3);
    assertEquals(List.of("fee01000=40e3", "fee01000=40e1"), bench.messages);
  }

  @Test
  void aMaskedMessageIsPendingUntilItIsUnmasked() {
    bench.write(0x62, 2, 2 << 4 | 1);
    bench.write(0x70, 4, 4);
    bench.function.msi(2);
    assertEquals(4, bench.read(0x74, 4));
    assertEquals(List.of(), bench.messages);
    bench.write(0x70, 4, 0);
    assertEquals(List.of("0=2"), bench.messages);
    assertEquals(0, bench.read(0x74, 4));
  }

  @Test
  void aRegisterTakesOnlyItsBitsAndOnesClearStatus() {
    bench.write(0x44, 4, -1);
    assertEquals(0x1F2F, bench.read(0x44, 4));
    bench.function.setConfig(0x48, 1, 7);
    bench.write(0x48, 1, 1);
    assertEquals(6, bench.read(0x48, 1));
    assertEquals(List.of("44/4", "48/1"), bench.writes);
  }

  @Test
  void aSlotWithSeveralFunctionsSaysSo() {
    assertEquals(0, bench.read(PciConfig.HEADER_TYPE, 1));
    bench.bus.add(SLOT, 1, new PciSpec("second", 1, 2));
    assertEquals(0x80, bench.read(PciConfig.HEADER_TYPE, 1));
    assertThrows(
        IllegalArgumentException.class, () -> bench.bus.add(SLOT, 1, new PciSpec("third", 1, 2)));
  }

  @Test
  void resetTakesTheWindowsAwayAndReleasesThePin() {
    bench.write(PciConfig.bar(0), 4, 0xC000);
    bench.write(PciConfig.COMMAND, 2, 7);
    assertTrue(bench.function.busMaster());
    bench.function.intx().set(true);
    bench.bus.reset();
    assertFalse(bench.function.busMaster());
    assertFalse(bench.pin.level());
    assertEquals(1, bench.read(PciConfig.bar(0), 4));
    assertEquals(0xFF, bench.ports.read(0xC000, 1));
  }

  @Test
  void aRestoredFunctionDecodesAndInterruptsAgain() {
    bench.write(PciConfig.bar(0), 4, 0xC000);
    bench.write(PciConfig.COMMAND, 2, Command.IO);
    bench.function.intx().set(true);
    Bench other = new Bench();
    SnapshotCheck.roundTrip(bench.function, other.function);
    assertEquals(0x50, other.ports.read(0xC000, 1));
    assertTrue(other.pin.level());
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Bench other = new Bench();
    BusFuzz.ports(bench.mechanism, ConfigMechanism.PORTS, 4)
        .beside(random -> bench.mechanism.write(0, 4, 1 << 31 | SLOT << 11 | random.nextInt(256)))
        .beside(random -> bench.function.intx().set(random.nextBoolean()))
        .beside(random -> bench.function.msi(random.nextInt(4)))
        .beside(random -> SnapshotCheck.roundTrip(bench.function, other.function))
        .beside(random -> SnapshotCheck.roundTrip(bench.mechanism, other.mechanism))
        .run(50_000);
  }
}
