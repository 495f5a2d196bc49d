package org.jvmm.softcpu.exec;

import java.util.HexFormat;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.CpuidTable;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/** A CPU with flat segments and paging off, for running a few instructions of any width. */
final class FlatCpu implements AutoCloseable {
  static final int CODE = 0x1000;
  static final int STACK = 0x8000;
  private static final int SIZE = 1 << 20;

  final MemoryMap map = new MemoryMap();
  final HostClock clock = new HostClock();
  final Cpu cpu;
  final CodeCache code = new CodeCache();
  final Interpreter interpreter;

  /** The vector of the fault that ended {@link #run}, or -1. */
  int fault = -1;

  /** Makes it; {@code bits} is 16, 32 or 64. */
  FlatCpu(int bits) {
    map.map(new MemorySlot("ram", 0, SIZE, RamAllocator.HEAP.allocate("ram", SIZE), 0, true));
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
    int size = bits == 64 ? 0xa00 : bits == 32 ? 0xc00 : 0;
    for (int i = 0; i < 6; i++) {
      cpu.segments[i].set(
          8, 0, bits == 16 ? 0xffff : -1, size | (i == Cpu.CS ? 0x9b : 0x93), false);
    }
    cpu.cr0 = Cpu.CR0_PE;
    cpu.efer = bits == 64 ? Cpu.EFER_LMA : 0;
    cpu.flags = Flags.FIXED;
    cpu.gpr[4] = STACK;
    cpu.pagingChanged();
    cpu.modeChanged();
  }

  /** Runs so many instructions of a piece of code. */
  FlatCpu run(int instructions, String hex) {
    map.memory().copyIn(CODE, HexFormat.of().parseHex(hex.replace(" ", "")));
    cpu.rip = CODE;
    return go(instructions);
  }

  /** Runs on. */
  FlatCpu go(int instructions) {
    interpreter.run(cpu.instructions + instructions);
    return this;
  }

  @Override
  public void close() {
    map.close();
    clock.close();
  }
}
