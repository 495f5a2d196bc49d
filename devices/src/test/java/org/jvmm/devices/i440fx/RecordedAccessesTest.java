package org.jvmm.devices.i440fx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.jvmm.devices.RecordedAnswers.hex;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.devices.pci.ConfigMechanism;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.reset.ResetControl;

/**
 * The recorded accesses of QEMU's own test of this chip, answered equally, all of them.
 *
 * <p>One thing of QEMU's pc is put in place for it, which the board does not have: an empty option
 * ROM of 128 KiB at 0xC0000, because of which a segment that does not show RAM reads zeros there,
 * not the floating bus' ones.
 */
final class RecordedAccessesTest {
  private static final int ROM_SIZE = 0x2_0000;
  private static final long LOW_ROM = 0xE_0000, HIGH_ROM = 0x1_0000_0000L - ROM_SIZE;

  private static final class Pc {
    final PortBus ports = new PortBus();
    final MmioBus mmio = new MmioBus();
    final MemoryMap map = new MemoryMap();
    final byte[] romBytes = new byte[ROM_SIZE];

    Pc() {
      RamBlock ram = RamAllocator.HEAP.allocate("ram", 0x10_0000);
      map.map(new MemorySlot("ram.base", 0, 0xA_0000, ram, 0, true));
      ShadowMemory shadow = new ShadowMemory(map, ram);
      mmio.attach("shadow", ShadowMemory.START, ShadowMemory.SIZE, 8, shadow);
      PciBus bus =
          new PciBus(
              new MovableWindows(ports, mmio, map),
              (slot, pin) -> IrqLine.UNCONNECTED,
              (address, data) -> {});
      new HostBridge(bus, shadow);
      ResetControl reset = new ResetControl(() -> {}, () -> {});
      ports.attach("pci", 0xCF8, ConfigMechanism.PORTS, 4, new ConfigMechanism(bus, reset));
      new Random(1).nextBytes(romBytes);
      RamBlock rom = RamAllocator.HEAP.allocate("rom", ROM_SIZE);
      MemorySlot burning = new MemorySlot("rom", HIGH_ROM, ROM_SIZE, rom, 0, true);
      map.map(burning);
      map.memory().copyIn(HIGH_ROM, romBytes);
      map.unmap(burning);
      map.map(new MemorySlot("rom", HIGH_ROM, ROM_SIZE, rom, 0, false));
      shadow.addRom(LOW_ROM, ROM_SIZE, rom, 0);
      shadow.addRom(ShadowMemory.START, ROM_SIZE, RamAllocator.HEAP.allocate("empty", ROM_SIZE), 0);
    }

    /** The ROM's bytes from an address on. */
    byte[] rom(long gpa, int length) {
      int from = (int) (gpa - (gpa >= HIGH_ROM ? HIGH_ROM : LOW_ROM));
      return Arrays.copyOfRange(romBytes, from, from + length);
    }

    byte[] read(long gpa, int length) {
      assertTrue(map.memory().backed(gpa, length), () -> "%#x reads as a hole".formatted(gpa));
      byte[] data = new byte[length];
      map.memory().copyOut(gpa, data, 0, length);
      return data;
    }
  }

  private Pc pc;

  @Test
  void everyRecordedAccessIsAnsweredEqually() throws IOException {
    int accesses = 0;
    try (BufferedReader log =
        new BufferedReader(
            new InputStreamReader(
                getClass().getResourceAsStream("i440fx-qtest.txt"), StandardCharsets.UTF_8))) {
      for (String line = log.readLine(); line != null; line = log.readLine()) {
        if (!line.startsWith("#")) {
          replay(line, line.split(" "));
          accesses++;
        }
      }
    }
    assertEquals(294, accesses);
  }

  private void replay(String line, String[] words) {
    String what = words[0];
    switch (what) {
      case "machine" -> pc = new Pc();
      case "outb", "outl" -> pc.ports.write(hex(words[1]), size(what), hex(words[2]));
      case "inb", "inw" ->
          assertEquals(hex(words[2]), pc.ports.read(hex(words[1]), size(what)), line);
      case "write" -> {
        long gpa = Long.parseLong(words[1], 16);
        pc.map.memory().copyIn(gpa, filled(words));
      }
      case "read" -> {
        long gpa = Long.parseLong(words[1], 16);
        int length = hex(words[2]);
        byte[] expected = words[3].equals("rom") ? pc.rom(gpa, length) : filled(words);
        assertArrayEquals(expected, pc.read(gpa, length), line);
      }
      default -> throw new AssertionError(line);
    }
  }

  private static byte[] filled(String[] words) {
    byte[] data = new byte[hex(words[2])];
    Arrays.fill(data, (byte) hex(words[3]));
    return data;
  }

  private static int size(String what) {
    return switch (what.charAt(what.length() - 1)) {
      case 'b' -> 1;
      case 'w' -> 2;
      default -> 4;
    };
  }
}
