package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.VmExit;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/**
 * Runs blocks of decoded instructions one after another. A block is found as a successor of the one
 * before, else in a cache of linear addresses, else by its physical address, and else it is
 * decoded.
 */
public final class Interpreter {
  /** How a block was left. */
  private static final int NEXT = 0, FAULT = 1, EXIT = 2;

  /**
   * How often a block runs before it becomes a region: HotSpot takes about 35 ms to compile one, so
   * that it pays off only where much time is spent. Property: {@code jvmm.soft.hot}.
   */
  private static final int HOT = Integer.getInteger("jvmm.soft.hot", 100_000);

  /** Regions run also while HotSpot has not compiled them: for tests. */
  private static final boolean COLD = Boolean.getBoolean("jvmm.soft.cold");

  private static final long PAGE = ~(long) PhysicalMemory.OFFSET;

  private final Cpu cpu;
  private final CodeCache code;
  private final Fetcher fetcher;
  private final FaultHandler faults;
  private int hot = HOT;
  private boolean coldRegions = COLD;
  private final JumpCache kernelJumps = new JumpCache();
  private final JumpCache userJumps = new JumpCache();

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
   * Whether to decode no further than to the next instruction: for code that is left again soon.
   */
  public void decodeSingly(boolean singly) {
    fetcher.decodeSingly(singly);
  }

  /** Asks before certain instructions from now on; before any is decoded. */
  public void guardBy(Guard guard) {
    fetcher.guardBy(guard);
    hot = Integer.MAX_VALUE; // what is compiled does not ask
  }

  /**
   * Sets how often a block runs before it becomes a region.
   *
   * @param atOnce regions run also while HotSpot has not compiled them
   */
  void compileAfter(int runs, boolean atOnce) {
    hot = runs;
    coldRegions = atOnce;
  }

  /**
   * The next instruction.
   *
   * @throws GuestFault if it cannot be fetched, or is none
   */
  public Insn next() {
    return block().insns[0];
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
      Block block = enter();
      while (block != null) {
        long start = cpu.rip + cpu.codeBase;
        Region region = region(block, limit);
        int left = region == null ? execute(block, limit) : execute(region, block, limit);
        if (left == EXIT) {
          return false;
        }
        if (!cpu.events.none() || cpu.instructions >= limit) {
          return true;
        }
        block = left == FAULT || region != null ? null : successor(block, start);
      }
    } while (cpu.events.none() && cpu.instructions < limit);
    return true;
  }

  /** The region that a block is part of, if it may run from that block on now. */
  private Region region(Block block, long limit) {
    Region region = block.region;
    return region != null
            && region.fits(cpu, limit)
            && (coldRegions || region.isWarm())
            && region.lies(cpu, masked(cpu.rip - block.partDelta))
        ? region
        : null;
  }

  /** The block at the instruction pointer; null if fetching it faulted. */
  private Block enter() {
    try {
      return block();
    } catch (GuestFault fault) {
      faults.deliver(fault, null);
      cpu.instructions++;
      return null;
    }
  }

  /**
   * Executes a region from one of its blocks on, and those that it leads to; returns how the last
   * one was left.
   */
  private int execute(Region first, Block from, long limit) {
    Cpu c = cpu;
    Region region = first;
    Block block = from;
    long base = masked(c.rip - block.partDelta);
    c.end = 1;
    try {
      while (true) {
        int at = region.run(c, base, limit, block.part);
        if (at < Region.LEFT) {
          return at <= Region.MISSED
              ? resume(region, base, Region.MISSED - at, limit)
              : stopped(region, base, at);
        }
        block = c.events.none() ? next(region, at - Region.LEFT) : null;
        Region next = block == null ? null : region(block, limit);
        if (next == null) {
          return NEXT;
        }
        region = next;
        base = masked(c.rip - block.partDelta);
      }
    } catch (GuestFault fault) {
      Insn insn = region.insn(c.at);
      c.instructions -= region.after(c.at);
      c.rip = masked(base + region.offset(c.at));
      c.io.commit();
      faults.deliver(fault, insn);
      return FAULT;
    } catch (VmExit exit) {
      c.instructions -= region.after(c.at) + 1;
      c.rip = masked(base + region.offset(c.at));
      return EXIT;
    }
  }

  /** The block that a region was left for, if it is known. */
  private Block next(Region region, int exit) {
    long linear = cpu.rip + cpu.codeBase;
    Block block = region.next(exit, linear, cpu.mode);
    if (block == null) {
      block = jumps().find(linear, cpu.mode, cpu.mmu.codeVersion(cpu.in(Mode.USER)));
      if (block != null) {
        region.link(exit, linear, block);
      }
    }
    return block;
  }

  /** An instruction ended its block early. */
  private int stopped(Region region, long base, int at) {
    // An instruction that is run again is counted when it is complete.
    boolean again = cpu.end < 0;
    cpu.instructions -= region.after(at) + (again ? 1 : 0);
    Insn insn = region.insn(at);
    if (again || !insn.op.has(Op.END)) { // else it has set it
      cpu.rip = masked(base + region.offset(at) + (again ? 0 : insn.length));
    }
    return NEXT;
  }

  /** Executes the rest of a block of a region, from an instruction on. */
  private int resume(Region region, long base, int at, long limit) {
    Block block = region.block(at);
    int rest = region.after(at) + 1;
    cpu.instructions -= rest;
    cpu.rip = masked(base + region.blockOffset(at));
    return execute(block, block.insns.length - rest, limit);
  }

  private long masked(long address) {
    return cpu.in(Mode.CODE64) ? address : address & 0xffffffffL;
  }

  /** Executes a block, or as much of it as the limit allows; returns how it was left. */
  private int execute(Block block, long limit) {
    if (++block.heat == hot && block.region == null && block.compiles()) {
      code.compile(block);
    }
    return execute(block, 0, limit);
  }

  /** Executes a block whose first instruction {@link Cpu#rip} points to, from another one on. */
  private int execute(Block block, int from, long limit) {
    Cpu c = cpu;
    Insn[] insns = block.insns;
    Handler[] handlers = block.handlers;
    long start = c.rip;
    c.gpr[Insn.RIP] = start;
    c.rip = start + block.length;
    c.instructions -= from;
    c.end = (int) Math.min(insns.length, limit - c.instructions);
    int i = from;
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
      return FAULT;
    } catch (VmExit exit) {
      c.instructions += i;
      c.rip = start + insns[i].offset;
      return EXIT;
    }
    c.instructions += i;
    if (c.end < 0) { // it is counted when it is complete
      c.instructions--;
      c.rip = start + insns[i - 1].offset;
    } else if (i < insns.length) {
      c.rip = start + insns[i].offset;
    }
    return NEXT;
  }

  /**
   * The block after another, or null: then {@link #enter} finds it.
   *
   * @param start linear address of the block before
   */
  private Block successor(Block before, long start) {
    long linear = cpu.rip + cpu.codeBase;
    if (((linear ^ start) & PAGE) == 0) {
      Block known = before.successor(linear, cpu.mode);
      if (known != null) {
        return known;
      }
      if (before.linksSuccessors()) {
        return link(before);
      }
    }
    int version = cpu.mmu.codeVersion(cpu.in(Mode.USER));
    Block known = before.elsewhere(linear, cpu.mode, version);
    if (known == null) {
      known = jumps().find(linear, cpu.mode, version);
      if (known != null) {
        before.linkElsewhere(linear, known, version, linear - start);
      }
    }
    return known;
  }

  private Block link(Block before) {
    Block after = enter();
    if (after != null && after.secondPage < 0 && ((after.physical ^ before.physical) & PAGE) == 0) {
      before.link(after);
    }
    return after;
  }

  private JumpCache jumps() {
    return cpu.in(Mode.USER) ? userJumps : kernelJumps;
  }

  private Block block() {
    long linear = cpu.rip + cpu.codeBase;
    int version = cpu.mmu.codeVersion(cpu.in(Mode.USER));
    Block block = jumps().find(linear, cpu.mode, version);
    return block != null ? block : findBlock();
  }

  private Block findBlock() {
    long linear = Fetcher.linear(cpu);
    long physical = cpu.mmu.fetch(linear);
    Block block = code.find(physical, cpu.mode);
    if (block != null && block.epoch != code.epoch() && !trusted(block)) {
      code.codeWritten(physical, block.length);
      block = null;
    }
    if (block != null && !usable(block, linear)) {
      return fetcher.decode(linear, physical);
    }
    if (block == null) {
      block = fetcher.decode(linear, physical);
      block.epoch = code.epoch();
      block.bytes = block.epoch == 0 ? null : fetcher.bytes(block);
      code.add(block);
    }
    if (block.secondPage < 0) {
      jumps().put(cpu.rip + cpu.codeBase, block, cpu.mmu.codeVersion(cpu.in(Mode.USER)));
    }
    return block;
  }

  private boolean trusted(Block block) {
    if (block.bytes == null || !fetcher.isUnchanged(block)) {
      return false;
    }
    block.epoch = code.epoch();
    return true;
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
