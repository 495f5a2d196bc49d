package org.jvmm.core.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.core.mem.RawMemory;

class MemoryUseTest {
  private static final int SIZE = 64 << 20;

  @Test
  void theMappingsOfTheSlotsCountAsGuestRam() {
    try (RamBlock block = RamAllocator.HEAP.allocate("ram", 4096)) {
      MemorySlot slot = new MemorySlot("ram", 0, 4096, block, 0, true);
      long start = block.address() & -4096;
      List<String> mappings =
          List.of(
              "10000-20000 r-xp 00000000 08:01 42                 /usr/lib/x-y.so",
              "Size:                 64 kB",
              "Rss:                  12 kB",
              "VmFlags: rd ex mr mw me",
              "%x-%x rw-p 00000000 00:00 0".formatted(start, start + 8192),
              "Rss:                   8 kB",
              "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0     [vsyscall]",
              "Rss:                   4 kB");

      assertEquals(24 << 10, MemoryUse.resident(mappings, (from, to) -> true));
      assertEquals(
          8 << 10,
          MemoryUse.resident(mappings, (from, to) -> MemoryUse.holds(List.of(slot), from, to)));
    }
  }

  @Test
  void touchedGuestRamIsResident() {
    assumeTrue(Files.isReadable(Path.of("/proc/self/smaps")), "the host has no /proc/self/smaps");
    try (RamBlock block = RamAllocator.HEAP.allocate("ram", SIZE)) {
      List<MemorySlot> slots = List.of(new MemorySlot("ram", 0, SIZE, block, 0, true));
      RawMemory.fill(block.address(), SIZE, (byte) 1);

      MemoryUse use = MemoryUse.now(slots);

      assertEquals(SIZE, use.ram());
      assertTrue(use.residentRam() >= SIZE, () -> use.toString());
      assertTrue(use.resident() > use.residentRam(), () -> use.toString());
    }
  }

  @Test
  void theTableHasTheJvmsOwnMemory() {
    String table = MemoryUse.now(List.of()).table();

    assertTrue(table.lines().anyMatch(line -> line.matches("Java heap +\\d+ +\\d+")), table);
    assertTrue(table.lines().anyMatch(line -> line.matches("classes +\\d+ +[1-9]\\d*")), table);
  }
}
