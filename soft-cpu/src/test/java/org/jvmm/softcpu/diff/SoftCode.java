package org.jvmm.softcpu.diff;

import static org.jvmm.softcpu.diff.HostCode.BASE;
import static org.jvmm.softcpu.diff.HostCode.FLAGS;
import static org.jvmm.softcpu.diff.HostCode.GPRS;
import static org.jvmm.softcpu.diff.HostCode.MAX;
import static org.jvmm.softcpu.diff.HostCode.MEMORY;
import static org.jvmm.softcpu.diff.HostCode.RECORD;
import static org.jvmm.softcpu.diff.HostCode.WINDOW;
import static org.jvmm.softcpu.diff.HostCode.WINDOW_SIZE;

import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.core.time.HostClock;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.CpuidTable;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.ExtendedState;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.exec.CodeCache;
import org.jvmm.softcpu.exec.Features;
import org.jvmm.softcpu.exec.Interpreter;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/** The soft CPU in ring 3 over the same addresses as {@link HostCode}. */
final class SoftCode implements AutoCloseable {
  private static final int SIZE = 0x2_0000;

  /** The most turns of a repeated instruction. */
  private static final int MAX_TURNS = 64;

  private final MemoryMap map = new MemoryMap();
  private final HostClock clock = new HostClock();
  private final Cpu cpu;
  private final Interpreter interpreter;
  private final long window;
  private final byte[] results = new byte[MAX * RECORD];
  private final boolean wide;
  private int fault;

  /**
   * For a kind of code.
   *
   * @param selectors of the segment registers, as the host has them
   * @param flat whether the segments have no limit: else each access is checked
   */
  SoftCode(int bits, int[] selectors, boolean flat) {
    wide = bits == 64;
    MemorySlot slot =
        new MemorySlot("ram", BASE, SIZE, RamAllocator.HEAP.allocate("ram", SIZE), 0, true);
    map.map(slot);
    window = slot.hostAddress() + WINDOW - BASE;
    CodeCache code = new CodeCache();
    PhysicalMemory memory = new PhysicalMemory(code);
    code.connect(memory);
    map.addListener(memory);
    cpu = new Cpu(0, memory, new CpuidTable(CpuModel.HOST, 1, Features::implemented), clock);
    interpreter =
        new Interpreter(
            cpu,
            code,
            memory,
            (raised, insn) -> {
              fault = raised.vector();
              cpu.events.post(Events.KICK);
            });
    for (int i = 0; i < 6; i++) {
      int access = i != Cpu.CS ? 0xcf3 : wide ? 0xafb : 0xcfb;
      cpu.segments[i].set(selectors[i], 0, flat ? -1 : Integer.MAX_VALUE, access, false);
    }
    cpu.cpl = 3;
    cpu.cr0 = Cpu.CR0_PE | Cpu.CR0_NE;
    cpu.cr4 = Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;
    cpu.efer = Cpu.EFER_LMA;
    cpu.flags = Flags.FIXED;
    cpu.pagingChanged();
    cpu.modeChanged();
  }

  /** Puts the instruction under test into memory; an HLT behind it ends its block. */
  void instruction(byte[] bytes, int at) {
    for (int i = 0; i < bytes.length; i++) {
      cpu.mmu.write(at + i, 1, bytes[i]);
    }
    cpu.mmu.write(at + bytes.length, 1, 0xf4);
  }

  /** Loads the state of a record. */
  void load(long record) {
    RawMemory.copyOut(record, cpu.image, 0, ExtendedState.XMM_END);
    ExtendedState.loadX87(cpu, cpu.image, true, true);
    ExtendedState.loadXmm(cpu, cpu.image, 16, true);
    cpu.mxcsr.set(ExtendedState.mxcsr(cpu.image));
    for (int i = 0; i < 16; i++) {
      long value = RawMemory.getLong(record + GPRS + 8 * i);
      cpu.gpr[i] = wide ? value : value & 0xffffffffL;
    }
    Flags.set(cpu, (int) RawMemory.getLong(record + FLAGS));
    RawMemory.copy(record + MEMORY, window, WINDOW_SIZE);
  }

  /** Executes from the instruction to the end of the code; false after a fault. */
  boolean run(int at, int length) {
    fault = -1;
    cpu.rip = at;
    int turns = 0;
    while (fault < 0 && cpu.rip != at + length) {
      cpu.events.clear(-1);
      interpreter.run(cpu.instructions + 1);
      if (++turns > MAX_TURNS) {
        throw new AssertionError("no end of the code at %#x: %#x".formatted(at, cpu.rip));
      }
    }
    return fault < 0;
  }

  /** The vector of the fault that ended {@link #run}. */
  int fault() {
    return fault;
  }

  /** Keeps the state as a result. */
  void store(int index) {
    ExtendedState.saveX87(cpu, cpu.image, true);
    ExtendedState.saveMxcsr(cpu, cpu.image);
    ExtendedState.saveXmm(cpu, cpu.image, 16);
    int to = index * RECORD;
    System.arraycopy(cpu.image, 0, results, to, ExtendedState.XMM_END);
    for (int i = 0; i < 16; i++) {
      put(to + GPRS + 8 * i, cpu.gpr[i]);
    }
    put(to + FLAGS, Flags.get(cpu));
    RawMemory.copyOut(window, results, to + MEMORY, WINDOW_SIZE);
  }

  private void put(int at, long value) {
    ExtendedState.put(results, at, value);
  }

  /** 8 bytes of a result kept. */
  long result(int index, int at) {
    return ExtendedState.get(results, index * RECORD + at);
  }

  @Override
  public void close() {
    map.close();
    clock.close();
  }
}
