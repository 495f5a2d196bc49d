package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;

/** RAM that is full of garbage, files to boot, and what to compare afterwards. */
abstract class BootFixture {
  static final long RAM = 32L << 20;
  static final long RSDP = PcMemoryLayout.ACPI_TABLES;

  @TempDir Path dir;

  final MemoryMap map = new MemoryMap();
  final GuestMemory memory = map.memory();
  final CpuState cpu = new CpuState();

  BootFixture() {
    RamBlock block = RamAllocator.HEAP.allocate("ram", RAM);
    map.map(new MemorySlot("ram", 0, RAM, block, 0, true));
    byte[] garbage = new byte[1 << 20];
    Arrays.fill(garbage, (byte) 0xA5);
    for (long at = 0; at < RAM; at += garbage.length) {
      memory.copyIn(at, garbage);
    }
  }

  @AfterEach
  void free() {
    map.close();
  }

  Path file(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name), bytes);
  }

  BootRequest request(Path kernel, Path initrd, String line, VmlinuxCache cache) {
    return new BootRequest(kernel, initrd, line, new PcMemoryLayout(RAM), memory, RSDP, cache);
  }

  LoadedKernel load(byte[] kernel) throws IOException {
    return load(file("kernel", kernel), null, "console=ttyS0");
  }

  LoadedKernel load(Path kernel, Path initrd, String line) {
    return KernelLoader.load(request(kernel, initrd, line, VmlinuxCache.NONE), cpu);
  }

  /** Loads what must be refused and returns the message. */
  String refusal(byte[] kernel) throws IOException {
    Path path = file("kernel", kernel);
    BootException e = assertThrows(BootException.class, () -> load(path, null, ""));
    assertFalse(e.getMessage().contains("\n"), "one line: " + e.getMessage());
    return e.getMessage();
  }

  byte[] bytes(long gpa, int length) {
    byte[] bytes = new byte[length];
    memory.copyOut(gpa, bytes, 0, length);
    return bytes;
  }

  void assertElfInMemory() {
    assertArrayEquals(KernelImages.text(), bytes(KernelImages.TEXT, KernelImages.TEXT_SIZE));
    assertArrayEquals(KernelImages.data(), bytes(KernelImages.DATA, KernelImages.DATA_SIZE));
    int bss = KernelImages.DATA_MEMORY - KernelImages.DATA_SIZE;
    assertArrayEquals(new byte[bss], bytes(KernelImages.DATA + KernelImages.DATA_SIZE, bss));
    assertEquals(0xA5, memory.read8(KernelImages.DATA + KernelImages.DATA_MEMORY));
  }

  void assertLongMode(long entry) {
    assertEquals(entry, cpu.rip);
    assertEquals(PcMemoryLayout.ZERO_PAGE, cpu.gpr[CpuState.RSI]);
    assertEquals(0x8000_0011L, cpu.cr0);
    assertEquals(0x20, cpu.cr4);
    assertEquals(0x500, cpu.efer);
    assertEquals(0xA9B, cpu.segments[CpuState.CS].access);
    assertEquals(0x10, cpu.segments[CpuState.CS].selector);
    for (long address : new long[] {0, KernelImages.ENTRY, 0xFEE0_0123L, 0xFFFF_FFFFL}) {
      assertEquals(address, translate(address));
    }
  }

  /** Walks the page tables as the processor does (SDM vol. 3 section 4.5). */
  private long translate(long address) {
    long pml4e = memory.read64(cpu.cr3 + (address >> 39 & 511) * 8);
    long pdpte = memory.read64((pml4e & -4096) + (address >> 30 & 511) * 8);
    long pde = memory.read64((pdpte & -4096) + (address >> 21 & 511) * 8);
    assertEquals(3, pml4e & 0xFFF);
    assertEquals(3, pdpte & 0xFFF);
    assertEquals(0x83, pde & 0xFFF);
    return pde & -(2L << 20) | address & (2L << 20) - 1;
  }

  void assertProtectedMode(long entry) {
    assertEquals(entry, cpu.rip);
    assertEquals(0x11, cpu.cr0);
    assertEquals(0, cpu.cr4);
    assertEquals(0, cpu.efer);
    assertEquals(0xC9B, cpu.segments[CpuState.CS].access);
    assertEquals(2, cpu.rflags);
  }
}
