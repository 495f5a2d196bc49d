package org.jvmm.softcpu.exec;

/** The block that an exit of a {@link Region} led to first: mostly it is the only one. */
final class Link {
  private final long linear;
  private final Block block;

  /**
   * @param linear address of the block
   */
  Link(long linear, Block block) {
    this.linear = linear;
    this.block = block;
  }

  /** The block, or null if it is elsewhere, for another mode, or discarded. */
  Block to(long address, int mode) {
    return linear == address && block.mode == mode ? block : null;
  }

  /** Whether the block is there no more. */
  boolean isDead() {
    return block.mode == Block.DISCARDED;
  }
}
