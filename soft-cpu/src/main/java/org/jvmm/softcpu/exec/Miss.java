package org.jvmm.softcpu.exec;

/**
 * Leaves a {@link Region} before an instruction whose memory the TLB does not have, or not for what
 * it does: the interpreter runs the rest of the block. Stackless, one instance, so that HotSpot
 * makes a jump of it; a call of the slow path would have all guest registers on the host's stack
 * before each access.
 */
final class Miss extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The only instance. */
  static final Miss MISS = new Miss();

  private Miss() {
    super("left before a memory access", null, false, false);
  }
}
