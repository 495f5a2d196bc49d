package org.jvmm.softcpu.exec;

import java.util.Arrays;

/** The blocks that start on, or reach into, one guest-physical page. */
final class CodePage {
  private static final int CHUNK_SHIFT = 6;
  private static final int PAGE = 4096;

  /** Of the guest-physical page. */
  final long number;

  private final Block[] buckets = new Block[PAGE >> CHUNK_SHIFT];

  /** Bit n: bytes of the n-th 64 are, or were, decoded. */
  private long chunks;

  /** Blocks of the page before that end on this one. */
  private Block[] spilling = {};

  private int blocks;

  CodePage(long number) {
    this.number = number;
  }

  /** Guest-physical address. */
  long start() {
    return number << 12;
  }

  Block find(long physical, int mode) {
    Block block = buckets[(int) (physical - start()) >> CHUNK_SHIFT];
    while (block != null && (block.physical != physical || block.mode != mode)) {
      block = block.nextInBucket;
    }
    return block;
  }

  void add(Block block) {
    int offset = (int) (block.physical - start());
    int bucket = offset >> CHUNK_SHIFT;
    Block rest = buckets[bucket];
    while (rest != null && rest.mode == Block.DISCARDED) { // by a write to its second page
      rest = rest.nextInBucket;
      blocks--;
    }
    block.nextInBucket = rest;
    buckets[bucket] = block;
    blocks++;
    chunks |= chunks(offset, Math.min(block.length, PAGE - offset));
  }

  void addSpilling(Block block) {
    Block[] valid =
        Arrays.stream(spilling).filter(b -> b.mode != Block.DISCARDED).toArray(Block[]::new);
    spilling = Arrays.copyOf(valid, valid.length + 1);
    spilling[valid.length] = block;
    chunks |= chunks(0, block.spill());
  }

  private static long chunks(int offset, int length) {
    int first = offset >> CHUNK_SHIFT;
    int last = offset + length - 1 >> CHUNK_SHIFT;
    return -1L << first & -1L >>> 63 - last;
  }

  /**
   * Makes the blocks invalid that have a byte of a range.
   *
   * @return how many instructions they had
   */
  int discard(long first, long last) {
    int from = (int) (first - start());
    int to = (int) (last - start());
    if ((chunks & chunks(from, to - from + 1)) == 0) {
      return 0;
    }
    int insns = 0;
    for (Block block : spilling) {
      if (block.mode != Block.DISCARDED && from < block.spill()) {
        block.discard();
        insns += block.insns.length;
      }
    }
    for (int i = 0; i <= to >> CHUNK_SHIFT; i++) {
      insns += discardBucket(i, first, last);
    }
    if (isEmpty()) {
      chunks = 0;
    }
    return insns;
  }

  private int discardBucket(int i, long first, long last) {
    Block kept = null;
    int insns = 0;
    for (Block block = buckets[i]; block != null; ) {
      Block next = block.nextInBucket;
      if (block.physical <= last && block.physical + block.length > first) {
        insns += block.mode == Block.DISCARDED ? 0 : block.insns.length;
        block.discard();
        blocks--;
      } else {
        block.nextInBucket = kept;
        kept = block;
      }
      block = next;
    }
    buckets[i] = kept;
    return insns;
  }

  /** Whether no valid block has a byte here. */
  boolean isEmpty() {
    return blocks == 0 && Arrays.stream(spilling).noneMatch(block -> block.mode != Block.DISCARDED);
  }
}
