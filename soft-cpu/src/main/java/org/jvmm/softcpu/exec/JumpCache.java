package org.jvmm.softcpu.exec;

import java.util.Arrays;

/**
 * Blocks by linear address, direct-mapped: the short way to a block, for one vCPU and for either
 * kernel or user code. Void as soon as the translations of code have changed.
 */
final class JumpCache {
  private static final int ENTRIES = 1 << 14;

  /** Not canonical, so no address of a block. */
  private static final long NO_TAG = 1L << 62;

  private final long[] tags = new long[ENTRIES];
  private final Block[] blocks = new Block[ENTRIES];
  private int version = -1;

  private static int slot(long linear) {
    return (int) (linear ^ linear >>> 12) & ENTRIES - 1;
  }

  /**
   * The block at an address, or null.
   *
   * @param codeVersion of the translations
   */
  Block find(long linear, int mode, int codeVersion) {
    int slot = slot(linear);
    Block block = blocks[slot];
    return tags[slot] == linear && version == codeVersion && block.mode == mode ? block : null;
  }

  void put(long linear, Block block, int codeVersion) {
    if (version != codeVersion) {
      version = codeVersion;
      Arrays.fill(tags, NO_TAG);
    }
    int slot = slot(linear);
    tags[slot] = linear;
    blocks[slot] = block;
  }
}
