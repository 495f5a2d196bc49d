package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CpuState;

class ElfBootTest extends BootFixture {
  private static final int TEXT_HEADER = 64, DATA_HEADER = 64 + 56;

  private static ByteBuffer elf() {
    return ByteBuffer.wrap(KernelImages.elf64(false)).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void anElf64IsEnteredIn64BitModeWithBootParams() throws IOException {
    LoadedKernel loaded = load(KernelImages.elf64(false));
    assertEquals("ELF64", loaded.method());
    assertElfInMemory();
    assertLongMode(KernelImages.ENTRY);
    assertEquals(0x53726448, memory.read32(PcMemoryLayout.ZERO_PAGE + 0x202));
    assertEquals(0xAA55, memory.read16(PcMemoryLayout.ZERO_PAGE + 0x1FE));
    assertEquals(RSDP, memory.read64(PcMemoryLayout.ZERO_PAGE + 0x70));
  }

  @Test
  void anElf32IsEnteredInProtectedModeWithBootParams() throws IOException {
    assertEquals("ELF32", load(KernelImages.elf32(false)).method());
    assertElfInMemory();
    assertProtectedMode(KernelImages.ENTRY);
    assertEquals(PcMemoryLayout.ZERO_PAGE, cpu.gpr[CpuState.RSI]);
  }

  @Test
  void aVirtualEntryIsMappedThroughItsSegment() throws IOException {
    load(elf().putLong(24, KernelImages.VIRTUAL + KernelImages.ENTRY).array());
    assertEquals(KernelImages.ENTRY, cpu.rip);
  }

  @Test
  void thePvhNoteIsFoundAndEnteredWithStartInfo() throws IOException {
    for (byte[] elf : new byte[][] {KernelImages.elf64(true), KernelImages.elf32(true)}) {
      byte[] disk = KernelImages.contents(7777, 4);
      LoadedKernel loaded = load(file("k", elf), file("i", disk), "a b");
      assertTrue(loaded.method().endsWith(", PVH entry"), loaded.method());
      assertElfInMemory();
      assertProtectedMode(KernelImages.PVH_ENTRY);
      long info = cpu.gpr[CpuState.RBX];
      assertEquals(0x336EC578, memory.read32(info));
      assertEquals(1, memory.read32(info + 4), "version");
      assertEquals(1, memory.read32(info + 12), "nr_modules");
      long module = memory.read64(info + 16);
      assertArrayEquals(disk, bytes(memory.read64(module), (int) memory.read64(module + 8)));
      assertArrayEquals("a b\0".getBytes(), bytes(memory.read64(info + 24), 4));
      assertEquals(RSDP, memory.read64(info + 32));
      assertEquals(4, memory.read32(info + 48), "memmap_entries");
      long last = memory.read64(info + 40) + 3 * 24;
      assertEquals(0x10_0000, memory.read64(last));
      assertEquals(RAM - 0x10_0000, memory.read64(last + 8));
    }
  }

  @Test
  void segmentsOutsideRamAreRefusedWithTheirAddress() throws IOException {
    assertTrue(refusal(elf().putLong(DATA_HEADER + 24, 0x7000).array()).contains("p_paddr=0x7000"));
    String high = refusal(elf().putLong(DATA_HEADER + 24, RAM - 4096).array());
    assertTrue(high.contains("p_paddr=0x1fff000") && high.contains("-m gives 32 MiB"), high);
    assertTrue(
        refusal(elf().putLong(DATA_HEADER + 24, Long.MAX_VALUE - 5).array()).contains("p_paddr"));
    assertTrue(
        refusal(elf().putLong(DATA_HEADER + 40, Long.MAX_VALUE).array()).contains("p_memsz"));
  }

  @Test
  void overlappingSegmentsAreRefused() throws IOException {
    assertTrue(
        refusal(elf().putLong(DATA_HEADER + 24, KernelImages.TEXT + 64).array())
            .contains("overlap"));
  }

  @Test
  void malformedHeadersAreRefusedByName() throws IOException {
    assertTrue(refusal(elf().put(4, (byte) 9).array()).contains("EI_CLASS=9"));
    assertTrue(refusal(elf().put(5, (byte) 2).array()).contains("EI_DATA=2"));
    assertTrue(refusal(elf().putShort(18, (short) 183).array()).contains("e_machine=183"));
    assertTrue(refusal(elf().putShort(16, (short) 1).array()).contains("e_type=1"));
    assertTrue(refusal(elf().putShort(54, (short) 8).array()).contains("e_phentsize=8"));
    assertTrue(refusal(elf().putLong(32, -64).array()).contains("e_phoff"));
    assertTrue(refusal(elf().putShort(56, (short) 2000).array()).contains("e_phnum=2000"));
    assertTrue(refusal(elf().putLong(24, 5).array()).contains("e_entry=0x5"));
    assertTrue(
        refusal(elf().putInt(TEXT_HEADER, 0).putInt(DATA_HEADER, 0).array())
            .contains("no PT_LOAD"));
    assertTrue(refusal(elf().putLong(TEXT_HEADER + 32, -1).array()).contains("p_filesz"));
  }

  @Test
  void aTruncatedElfIsRefused() throws IOException {
    byte[] elf = KernelImages.elf64(false);
    for (int length : new int[] {5, 63, 100, 0x1000, 0x20000}) {
      refusal(Arrays.copyOf(elf, length));
    }
  }

  @Test
  void filesThatAreNoKernelAreRefused() throws IOException {
    assertTrue(
        refusal(new byte[0]).contains("neither a bzImage nor a Multiboot kernel nor an x86 ELF"));
    assertTrue(refusal(new byte[70000]).contains("neither"));
    Path missing = dir.resolve("missing");
    BootException none = assertThrows(BootException.class, () -> load(missing, null, ""));
    assertEquals("kernel " + missing + ": no such file", none.getMessage());
    BootException folder = assertThrows(BootException.class, () -> load(dir, null, ""));
    assertEquals("kernel " + dir + ": not a regular file", folder.getMessage());
  }

  @Test
  void anInitrdThatDoesNotFitIsRefusedWithNumbers() throws IOException {
    Path kernel = file("k", KernelImages.elf64(false));
    Path large = file("large", new byte[14 << 20]);
    BootException e = assertThrows(BootException.class, () -> load(kernel, large, ""));
    assertTrue(e.getMessage().contains("14,680,064 bytes do not fit"), e.getMessage());
    assertTrue(e.getMessage().contains("-m gives 32 MiB"), e.getMessage());
    Path missing = dir.resolve("no-initrd");
    BootException none = assertThrows(BootException.class, () -> load(kernel, missing, ""));
    assertEquals("initrd " + missing + ": no such file", none.getMessage());
  }

  @Test
  void anEmptyInitrdIsNone() throws IOException {
    LoadedKernel loaded =
        load(file("k", KernelImages.elf64(false)), file("empty", new byte[0]), "");
    assertEquals(0, loaded.initrdSize());
    assertEquals(0, memory.read32(PcMemoryLayout.ZERO_PAGE + 0x218));
  }

  @Test
  void aCommandLineThatIsTooLongIsRefusedWithNumbers() throws IOException {
    Path kernel = file("k", KernelImages.elf64(false));
    load(kernel, null, "x".repeat(2047));
    BootException e = assertThrows(BootException.class, () -> load(kernel, null, "x".repeat(2048)));
    assertEquals("command line: 2,048 bytes, the kernel takes 2,047 (-append)", e.getMessage());
    assertThrows(BootException.class, () -> load(kernel, null, "a\0b"));
  }
}
