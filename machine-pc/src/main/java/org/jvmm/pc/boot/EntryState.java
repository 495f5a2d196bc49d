package org.jvmm.pc.boot;

import java.util.Arrays;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.mem.GuestMemory;

/**
 * The processor's state at a kernel's entry: flat segments, interrupts off, and for the 64-bit
 * entry the first 4 GiB mapped to themselves. Selectors are those of boot.rst.
 */
final class EntryState {
  private static final int BOOT_CS = 0x10, BOOT_DS = 0x18, BOOT_TSS = 0x20;

  /** Access bits of {@link CpuState.Segment#access}: page granularity, present, accessed. */
  private static final int CODE_64 = 0xA9B, CODE_32 = 0xC9B, DATA = 0xC93, BUSY_TSS = 0x08B;

  private static final int TSS_LIMIT = 0x67;
  private static final int GDT_ENTRIES = 6;

  private static final long CR0_PE = 1, CR0_ET = 1 << 4, CR0_PG = 1L << 31;
  private static final long CR4_PAE = 1 << 5;
  private static final long EFER_LME = 1 << 8, EFER_LMA = 1 << 10;
  private static final long RFLAGS_FIXED = 2;

  private static final long PTE_PRESENT_WRITABLE = 3, PDE_LARGE = 1 << 7;
  private static final long LARGE_PAGE = 2L << 20;

  private EntryState() {}

  /** 64-bit mode, as boot.rst's "64-bit Boot Protocol" asks. */
  static void longMode(CpuState cpu, GuestMemory memory, long entry) {
    flat(cpu, memory, CODE_64, entry);
    identityMap(memory);
    cpu.cr0 = CR0_PE | CR0_ET | CR0_PG;
    cpu.cr3 = PcMemoryLayout.PML4;
    cpu.cr4 = CR4_PAE;
    cpu.efer = EFER_LME | EFER_LMA;
  }

  /** 32-bit protected mode without paging: boot.rst's "32-bit Boot Protocol", and PVH. */
  static void protectedMode(CpuState cpu, GuestMemory memory, long entry) {
    flat(cpu, memory, CODE_32, entry);
    cpu.cr0 = CR0_PE | CR0_ET;
    cpu.cr3 = 0;
    cpu.cr4 = 0;
    cpu.efer = 0;
  }

  private static void flat(CpuState cpu, GuestMemory memory, int code, long entry) {
    memory.copyIn(PcMemoryLayout.GDT, new byte[GDT_ENTRIES * 8]);
    setSegment(cpu, memory, CpuState.CS, BOOT_CS, code);
    for (int data : new int[] {CpuState.DS, CpuState.ES, CpuState.SS, CpuState.FS, CpuState.GS}) {
      setSegment(cpu, memory, data, BOOT_DS, DATA);
    }
    setSegment(cpu, memory, CpuState.TR, BOOT_TSS, BUSY_TSS);
    cpu.segments[CpuState.LDTR].set(0, 0, 0, 0x82, true);
    cpu.gdtBase = PcMemoryLayout.GDT;
    cpu.gdtLimit = GDT_ENTRIES * 8 - 1;
    cpu.idtBase = 0;
    cpu.idtLimit = 0;
    cpu.cr2 = 0;
    cpu.cr8 = 0;
    Arrays.fill(cpu.gpr, 0);
    cpu.gpr[CpuState.RSP] = PcMemoryLayout.BOOT_STACK_TOP;
    cpu.rip = entry;
    cpu.rflags = RFLAGS_FIXED;
  }

  private static void setSegment(
      CpuState cpu, GuestMemory memory, int register, int selector, int access) {
    boolean system = access == BUSY_TSS;
    cpu.segments[register].set(selector, 0, system ? TSS_LIMIT : -1, access, false);
    long limit = system ? TSS_LIMIT : 0xFFFFF;
    // SDM vol. 3 figure 3-8: limit 15:0, then the access bytes around limit 19:16; the base is 0.
    long descriptor = limit & 0xFFFF | limit >> 16 << 48 | (access & 0xFFL) << 40;
    memory.write64(PcMemoryLayout.GDT + selector, descriptor | (access & 0xF00L) << 44);
  }

  private static void identityMap(GuestMemory memory) {
    memory.copyIn(PcMemoryLayout.PML4, new byte[6 * (int) PcMemoryLayout.PAGE]);
    memory.write64(PcMemoryLayout.PML4, PcMemoryLayout.PDPT | PTE_PRESENT_WRITABLE);
    for (int gib = 0; gib < 4; gib++) {
      long directory = PcMemoryLayout.PAGE_DIRECTORIES + gib * PcMemoryLayout.PAGE;
      memory.write64(PcMemoryLayout.PDPT + gib * 8, directory | PTE_PRESENT_WRITABLE);
    }
    for (int i = 0; i < 4 * 512; i++) {
      memory.write64(
          PcMemoryLayout.PAGE_DIRECTORIES + i * 8,
          i * LARGE_PAGE | PTE_PRESENT_WRITABLE | PDE_LARGE);
    }
  }
}
