package org.jvmm.softcpu.exec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jvmm.softcpu.isa.Insn;

/** Which blocks a region is made of, and where they lie. */
final class RegionPlan {
  private static final long PAGE = -4096;

  /**
   * A block of the region.
   *
   * @param delta address of its first byte, relative to that of the region's first block
   * @param at number of its first instruction in the region
   */
  record Part(Block block, long delta, int at) {
    Insn last() {
      return block.insns[block.insns.length - 1];
    }

    /** Relative address of what comes after it in memory. */
    long end() {
      return delta + block.length;
    }
  }

  /** A block that may become a part. */
  private record Candidate(Block block, long delta) {}

  private final CodeCache code;
  private final List<Part> parts = new ArrayList<>();
  private final Map<Long, Part> byDelta = new HashMap<>();

  /** Guest-physical pages by their linear addresses, relative to the first block's page. */
  private final Map<Long, Long> pages = new HashMap<>();

  private long[] pageOffsets;
  private long[] physicalPages;
  private final List<Part> partOf = new ArrayList<>();
  private int bytecodes;

  private RegionPlan(CodeCache code) {
    this.code = code;
  }

  /**
   * Chooses: the most frequent of the blocks that can be reached from the chosen ones, again and
   * again.
   *
   * @param minHeat of blocks besides the first
   * @param maxBytecodes estimated, of the whole region
   */
  static RegionPlan choose(CodeCache code, Block first, int minHeat, int maxBytecodes) {
    RegionPlan plan = new RegionPlan(code);
    PriorityQueue<Candidate> candidates =
        new PriorityQueue<>(Comparator.comparingInt(candidate -> -candidate.block.heat));
    candidates.add(new Candidate(first, 0));
    while (!candidates.isEmpty()) {
      Candidate next = candidates.remove();
      boolean fits =
          plan.parts.isEmpty()
              || next.block.heat >= minHeat
                  && plan.bytecodes + RegionWriter.estimate(next.block) <= maxBytecodes;
      if (fits && next.block.mode == first.mode && next.block.compiles() && plan.add(next)) {
        plan.addSuccessors(plan.parts.get(plan.parts.size() - 1), candidates);
      }
    }
    plan.pageOffsets = plan.pages.keySet().stream().mapToLong(Long::longValue).toArray();
    plan.physicalPages = plan.pages.values().stream().mapToLong(Long::longValue).toArray();
    return plan;
  }

  private boolean add(Candidate next) {
    long offset = (firstOffset(next) + next.delta) & PAGE;
    long page = next.block.physical & PAGE;
    if (byDelta.containsKey(next.delta) || pages.getOrDefault(offset, page) != page) {
      return false;
    }
    pages.put(offset, page);
    Part part = new Part(next.block, next.delta, partOf.size());
    parts.add(part);
    byDelta.put(next.delta, part);
    for (int i = 0; i < next.block.insns.length; i++) {
      partOf.add(part);
    }
    bytecodes += RegionWriter.estimate(next.block);
    return true;
  }

  private long firstOffset(Candidate next) {
    return (parts.isEmpty() ? next.block : parts.get(0).block).physical & ~PAGE;
  }

  private void addSuccessors(Part part, PriorityQueue<Candidate> candidates) {
    Insn last = part.last();
    if (last.kind(0) == Insn.REL) {
      samePage(part, last.imm, candidates);
    }
    if (!last.op.mnemonic.equals("jmp") && !last.op.mnemonic.equals("ret")) {
      samePage(part, part.block.length, candidates);
    }
    Block elsewhere = part.block.elsewhere();
    if (elsewhere != null) {
      candidates.add(new Candidate(elsewhere, part.delta + part.block.elsewhereDistance()));
    }
  }

  /** A block on the page of another one, at a distance from it. */
  private void samePage(Part part, long distance, PriorityQueue<Candidate> candidates) {
    long physical = part.block.physical + distance;
    if (((physical ^ part.block.physical) & PAGE) == 0) {
      Block block = code.find(physical, part.block.mode);
      if (block != null) {
        candidates.add(new Candidate(block, part.delta + distance));
      }
    }
  }

  List<Part> parts() {
    return parts;
  }

  /** The part at a relative address, or null. */
  Part at(long delta) {
    return byDelta.get(delta);
  }

  int insns() {
    return partOf.size();
  }

  Block block(int at) {
    return partOf.get(at).block;
  }

  Insn insn(int at) {
    Part part = partOf.get(at);
    return part.block.insns[at - part.at];
  }

  /** Relative address of an instruction. */
  long delta(int at) {
    return partOf.get(at).delta + insn(at).offset;
  }

  /** Relative address of the block that an instruction is in. */
  long blockDelta(int at) {
    return partOf.get(at).delta;
  }

  /** How many instructions of its block come after one. */
  int after(int at) {
    Part part = partOf.get(at);
    return part.at + part.block.insns.length - 1 - at;
  }

  /** Number of pages that it lies on. */
  int pages() {
    return pageOffsets.length;
  }

  /** Linear address of a page, relative to that of the first block's page. */
  long pageOffset(int page) {
    return pageOffsets[page];
  }

  long physicalPage(int page) {
    return physicalPages[page];
  }
}
