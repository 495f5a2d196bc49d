package org.jvmm.devices.i440fx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

/** Accesses go the way of a vCPU's: to a slot if it can take them, else to the MMIO bus. */
final class HostBridgeTest {
  private static final int PAM = 0x59, SMRAM = 0x72;
  private static final long C0000 = 0xC_0000, F0000 = 0xF_0000;

  private static final class Bench {
    final MmioBus mmio = new MmioBus();
    final MemoryMap map = new MemoryMap();
    final RamBlock ram = RamAllocator.HEAP.allocate("ram", 0x10_0000);
    final ShadowMemory shadow = new ShadowMemory(map, ram);
    final PciBus bus =
        new PciBus(
            new MovableWindows(new PortBus(), mmio, map),
            (slot, pin) -> IrqLine.UNCONNECTED,
            (address, data) -> {});
    final HostBridge bridge = new HostBridge(bus, shadow);

    Bench() {
      mmio.attach("shadow", ShadowMemory.START, ShadowMemory.SIZE, 8, shadow);
      RamBlock rom = RamAllocator.HEAP.allocate("rom", 0x2_0000);
      MemoryMap burner = new MemoryMap();
      burner.map(new MemorySlot("rom", 0, 0x2_0000, rom, 0, true));
      burner.memory().write32(0x1_0000, 0x524F4D46);
      shadow.addRom(0xE_0000, 0x2_0000, rom, 0);
    }

    int read(long gpa) {
      GuestMemory memory = map.memory();
      return memory.backed(gpa, 4) ? memory.read32(gpa) : (int) mmio.read(gpa, 4);
    }

    void write(long gpa, int value) {
      boolean taken =
          map.slots().stream()
              .anyMatch(slot -> slot.writable() && gpa >= slot.gpa() && gpa < slot.end());
      if (taken) {
        map.memory().write32(gpa, value);
      } else {
        mmio.write(gpa, 4, value);
      }
    }

    void config(int offset, int value) {
      bus.write(0, offset, 1, value);
    }
  }

  private static final int ROM_DATA = 0x524F4D46;

  private final Bench bench = new Bench();

  @Test
  void theHeaderIsThatOfThe82441FX() {
    assertEquals(0x12378086, bench.bus.read(0, 0, 4));
    assertEquals(0x06000002, bench.bus.read(0, 8, 4));
    assertEquals(0x02800006, bench.bus.read(0, 4, 4));
    assertEquals(0x02, bench.bus.read(0, SMRAM, 1));
  }

  @Test
  void afterResetReadsGoToRomAndWritesAreLost() {
    assertEquals(ROM_DATA, bench.read(F0000));
    bench.write(F0000, 1);
    assertEquals(ROM_DATA, bench.read(F0000));
    bench.config(PAM, 0x30);
    assertEquals(0, bench.read(F0000));
  }

  @Test
  void aBiosCopiesItselfIntoTheRamBehindIt() {
    bench.config(PAM, 0x20); // reads from ROM, writes to RAM
    assertEquals(ROM_DATA, bench.read(F0000));
    bench.write(F0000, bench.read(F0000) + 1);
    assertEquals(ROM_DATA, bench.read(F0000));
    bench.config(PAM, 0x10); // RAM, protected
    assertEquals(ROM_DATA + 1, bench.read(F0000));
    bench.write(F0000, 0);
    assertEquals(ROM_DATA + 1, bench.read(F0000));
    bench.config(PAM, 0x30);
    bench.write(F0000, 7);
    assertEquals(7, bench.read(F0000));
  }

  @Test
  void eachNibbleHasItsSegment() {
    for (int segment = 0; segment < 12; segment++) {
      long gpa = C0000 + segment * 0x4000L;
      bench.config(PAM + 1 + segment / 2, segment % 2 == 0 ? 0x03 : 0x30);
      bench.write(gpa + 0x3FFC, segment + 1);
      assertEquals(segment + 1, bench.read(gpa + 0x3FFC));
      bench.config(PAM + 1 + segment / 2, 0);
      assertFalse(bench.read(gpa + 0x3FFC) == segment + 1);
      assertEquals(gpa < 0xE_0000 ? -1 : 0, bench.read(gpa + 0x3FFC));
    }
  }

  @Test
  void segmentsWithEqualAttributesAreOneSlot() {
    for (int pam = 0; pam < 7; pam++) {
      bench.config(PAM + pam, 0x33);
    }
    assertEquals(1, bench.map.slots().size());
    bench.config(PAM + 3, 0x31);
    assertEquals(3, bench.map.slots().size());
    bench.config(PAM + 3, 0x33);
    assertEquals(1, bench.map.slots().size());
  }

  @Test
  void aWriteOverTheEdgeOfASegmentGoesByBytes() {
    bench.config(PAM + 1, 0x02); // C0000 write-only, C4000 not at all
    bench.mmio.write(C0000 + 0x3FFE, 4, 0x44332211);
    bench.config(PAM + 1, 0x33);
    assertEquals(0x2211, bench.read(C0000 + 0x3FFC) >>> 16);
    assertEquals(0, bench.read(C0000 + 0x4000));
  }

  @Test
  void openSmramShowsRamInTheVgasWindowUntilItIsLocked() {
    assertFalse(bench.map.memory().backed(0xA_0000, 4));
    bench.config(SMRAM, 0x48);
    assertEquals(0x4A, bench.bus.read(0, SMRAM, 1));
    assertTrue(bench.map.memory().backed(0xA_0000, 0x2_0000));
    bench.config(SMRAM, 0x58); // D_LCK clears D_OPEN
    assertEquals(0x1A, bench.bus.read(0, SMRAM, 1));
    assertFalse(bench.map.memory().backed(0xA_0000, 4));
    bench.config(SMRAM, 0x48);
    assertEquals(0x1A, bench.bus.read(0, SMRAM, 1));
    bench.bridge.pci().reset();
    bench.config(SMRAM, 0x48);
    assertTrue(bench.map.memory().backed(0xA_0000, 4));
  }

  @Test
  void resetShowsRomAgain() {
    bench.config(PAM, 0x30);
    bench.bridge.pci().reset();
    assertEquals(ROM_DATA, bench.read(F0000));
  }

  @Test
  void romOutsideTheAreaIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> bench.shadow.addRom(0xF_C000, 0x8000, bench.ram, 0));
    assertThrows(
        IllegalArgumentException.class, () -> bench.shadow.addRom(0xC_1000, 0x4000, bench.ram, 0));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    Bench other = new Bench();
    BusFuzz.mmio(bench.shadow, ShadowMemory.SIZE, 8)
        .beside(random -> bench.config(random.nextInt(256), random.nextInt(256)))
        .beside(random -> bench.config(PAM + random.nextInt(7), random.nextInt(256)))
        .beside(
            random -> {
              SnapshotCheck.roundTrip(bench.bridge.pci(), other.bridge.pci());
              assertEquals(shape(bench.map), shape(other.map));
            })
        .run(20_000);
  }

  private static String shape(MemoryMap map) {
    StringBuilder shape = new StringBuilder();
    map.slots()
        .forEach(
            slot ->
                shape.append(
                    "%s %x+%x %b;"
                        .formatted(slot.name(), slot.gpa(), slot.size(), slot.writable())));
    return shape.toString();
  }
}
