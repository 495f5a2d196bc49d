package org.jvmm.softcpu.exec;

import java.util.Arrays;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.VmExit;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/**
 * Runs blocks of decoded instructions one after another. A block is found by a direct-mapped cache
 * of linear addresses first, then by its physical address, and else it is decoded.
 */
public final class Interpreter {
  private static final int ENTRIES = 4096;

  /** Not canonical, so no address of a block. */
  private static final long NO_TAG = 1L << 62;

  private final Cpu cpu;
  private final CodeCache code;
  private final Fetcher fetcher;
  private final FaultHandler faults;
  private final long[] tags = new long[ENTRIES];
  private final Block[] blocks = new Block[ENTRIES];
  private int generation = -1;

  /** Where instructions end that fault. */
  @FunctionalInterface
  public interface FaultHandler {
    /** {@link Cpu#rip} is the faulting instruction's; delivers, or escalates. */
    void deliver(GuestFault fault, Insn insn);
  }

  public Interpreter(Cpu cpu, CodeCache code, PhysicalMemory memory, FaultHandler faults) {
    this.cpu = cpu;
    this.code = code;
    this.faults = faults;
    fetcher = new Fetcher(cpu, memory);
  }

  /**
   * Runs until an event is posted, or an instruction count is reached, or an instruction needs the
   * VMM.
   *
   * @param limit value of {@link Cpu#instructions} to stop at, exactly
   * @return false if an instruction waits in {@link Cpu#io}
   */
  public boolean run(long limit) {
    code.running(cpu);
    do {
      Block block;
      try {
        block = block();
      } catch (GuestFault fault) {
        faults.deliver(fault, null);
        cpu.instructions++;
        continue;
      }
      if (!execute(block, limit - cpu.instructions)) {
        return false;
      }
    } while (cpu.events.none() && cpu.instructions < limit);
    return true;
  }

  /** Executes a block, or as much of it as {@code budget} allows. */
  private boolean execute(Block block, long budget) {
    Cpu c = cpu;
    Insn[] insns = block.insns;
    Handler[] handlers = block.handlers;
    long start = c.rip;
    c.gpr[Insn.RIP] = start;
    c.rip = start + block.length;
    c.end = (int) Math.min(insns.length, budget);
    int i = 0;
    try {
      do {
        handlers[i].execute(c, insns[i]);
        i++;
      } while (i < c.end);
    } catch (GuestFault fault) {
      c.instructions += i + 1;
      c.rip = start + insns[i].offset;
      c.io.commit();
      faults.deliver(fault, insns[i]);
      return true;
    } catch (VmExit exit) {
      c.instructions += i;
      c.rip = start + insns[i].offset;
      return false;
    }
    c.instructions += i;
    if (c.end < 0) { // it is counted when it is complete
      c.instructions--;
      c.rip = start + insns[i - 1].offset;
    } else if (i < insns.length) {
      c.rip = start + insns[i].offset;
    }
    return true;
  }

  private Block block() {
    long linear = cpu.rip + cpu.codeBase;
    int slot = (int) (linear ^ linear >>> 12) & ENTRIES - 1;
    Block block = blocks[slot];
    if (tags[slot] == linear && block.mode == cpu.mode && generation == cpu.mmu.generation()) {
      return block;
    }
    return findBlock(slot);
  }

  private Block findBlock(int slot) {
    if (generation != cpu.mmu.generation()) {
      generation = cpu.mmu.generation();
      Arrays.fill(tags, NO_TAG);
    }
    long linear = Fetcher.linear(cpu);
    long physical = cpu.mmu.fetch(linear);
    Block block = code.find(physical, cpu.mode);
    if (block != null && !usable(block, linear)) {
      return fetcher.decode(linear, physical);
    }
    if (block == null) {
      block = fetcher.decode(linear, physical);
      code.add(block);
    }
    if (block.secondPage < 0) {
      tags[slot] = cpu.rip + cpu.codeBase;
      blocks[slot] = block;
    }
    return block;
  }

  /** Whether a block decoded before may run here: its second page and the limit of CS decide. */
  private boolean usable(Block block, long linear) {
    if (block.secondPage >= 0) {
      long next = (linear | PhysicalMemory.OFFSET) + 1;
      long page = cpu.mmu.fetch(cpu.in(Mode.CODE64) ? next : next & 0xffffffffL);
      if (page != block.secondPage) {
        return false;
      }
    }
    return Fetcher.withinLimit(cpu, block.length);
  }
}
