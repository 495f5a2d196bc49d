package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;

/**
 * Blocks that follow each other often, compiled: a class of its own with one method, written by
 * {@link RegionWriter}. What it does is what the {@link Interpreter} would do with the blocks, to
 * the instruction: it is left where an event is posted, where the instruction count might be
 * exceeded, where decoded code was overwritten, and where a successor is no part of it.
 *
 * <p>It may be entered at each of its blocks. A block may be part of several regions, so that a
 * loop has the functions it calls in its own; what reaches it from outside of them runs the first
 * of them. A loop that is too large for one region runs in several that lead into one another. The
 * blocks lie where they lay when it was made, relative to the first one; that may be at several
 * addresses.
 */
abstract class Region {
  /**
   * What {@link #run} returns when it was left between two blocks: this, plus the exit's number.
   */
  static final int LEFT = 0x4000;

  /** Less the number of an instruction: {@link #run} was left before it, see {@link Miss}. */
  static final int MISSED = -1;

  /** A limit with which {@link #run} does nothing. */
  static final long NOTHING = Long.MIN_VALUE;

  private static final long PAGE = -4096;

  private RegionPlan plan;

  /** Where its exits lead. */
  private Link[] links;

  /** How many instructions it executes at most before it looks at the limit again. */
  private int insns;

  private Warmth warmth;
  private boolean warm;

  /** How often it is asked for before {@link #warmth} is. */
  private int untilLook;

  /** The first address, and the translations, for which {@link #lies} was true last. */
  private long checkedBase;

  private int checkedVersion = -1;

  /**
   * Runs from one of its blocks on.
   *
   * @param base address of the first block
   * @param limit value of {@link Cpu#instructions} that it does not reach beyond
   * @param part number of the block
   * @return the instruction that ended its block early, or from {@link #LEFT} upwards, or from
   *     {@link #MISSED} downwards
   */
  abstract int run(Cpu c, long base, long limit, int part);

  /**
   * Says what it was made of, and asks HotSpot to compile it.
   *
   * @param exits how many it has
   */
  void madeOf(RegionPlan blocks, int exits, Cpu c) {
    plan = blocks;
    links = new Link[exits];
    insns = blocks.insns();
    warmth = new Warmth(this, c);
    untilLook = warmth.pause();
    for (int i = 0; i < blocks.parts().size(); i++) {
      RegionPlan.Part part = blocks.parts().get(i);
      part.block().compiledBy(this, i, part.delta());
    }
  }

  /** Makes it unfindable: one of its blocks is discarded. */
  void dissolve() {
    for (RegionPlan.Part part : plan.parts()) {
      part.block().leave(this);
    }
  }

  /** Whether it keeps a limit, when no events come. */
  boolean fits(Cpu c, long limit) {
    return c.instructions + insns <= limit;
  }

  /** Whether HotSpot has compiled it. */
  boolean isWarm() {
    if (--untilLook < 0) {
      warm = warmth.look();
      untilLook = warmth.pause();
    }
    return warm;
  }

  /** The block that an exit leads to this time, as far as the exit knows, or null. */
  Block next(int exit, long linear, int mode) {
    Link link = links[exit];
    return link == null ? null : link.to(linear, mode);
  }

  /** Notes the block that an exit led to. */
  void link(int exit, long linear, Block to) {
    Link link = links[exit];
    if (link == null || link.isDead()) {
      links[exit] = new Link(linear, to);
    }
  }

  Insn insn(int at) {
    return plan.insn(at);
  }

  /** The block that an instruction is in. */
  Block block(int at) {
    return plan.block(at);
  }

  /** Offset of an instruction from the region's first. */
  long offset(int at) {
    return plan.delta(at);
  }

  /** Offset of the block of an instruction. */
  long blockOffset(int at) {
    return plan.blockDelta(at);
  }

  /** How many instructions of its block come after one. */
  int after(int at) {
    return plan.after(at);
  }

  /** Whether its blocks lie where it expects them, when the first one lies at an address. */
  boolean lies(Cpu c, long base) {
    int version = c.mmu.codeVersion(c.in(Mode.USER));
    if (base == checkedBase && version == checkedVersion) {
      return true;
    }
    if (!isMapped(c, base)) {
      return false;
    }
    checkedBase = base;
    checkedVersion = version;
    return true;
  }

  private boolean isMapped(Cpu c, long base) {
    long mask = c.in(Mode.CODE64) ? -1 : 0xffffffffL;
    try {
      for (int i = 0; i < plan.pages(); i++) {
        if (c.mmu.fetch((base & PAGE) + plan.pageOffset(i) & mask) != plan.physicalPage(i)) {
          return false;
        }
      }
      return true;
    } catch (GuestFault unmapped) {
      return false;
    }
  }

  /** The class data, asked for by the class's initializer. */
  static Object[] constants(MethodHandles.Lookup region) {
    return Specializer.data(region, Object[].class);
  }
}
