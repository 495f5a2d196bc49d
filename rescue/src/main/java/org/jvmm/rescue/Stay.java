package org.jvmm.rescue;

import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.OpTable;

/**
 * How long one vCPU stays in the CPU in Java after a refused instruction: as long as refused ones
 * follow, and, where refusals come close after each other (a loop with a refused instruction in
 * it), over instructions between them. The number of those doubles while the accelerator comes back
 * sooner than a round trip takes, and falls when it does not.
 *
 * <p>Where the accelerator is an emulator itself, slower than this one, the stay is always the
 * longest.
 */
final class Stay {
  /** Instructions; an interrupt that the accelerator holds waits for them, below a millisecond. */
  private static final int LONGEST = 16_384;

  /** Nanoseconds; a refusal that comes sooner after a rescue than that is close. */
  private static final long CLOSE = 30_000;

  private final boolean[] refused = new boolean[OpTable.size()];
  private final boolean always;
  private long left;
  private int length;

  /**
   * @param always whether the accelerator is slower than the CPU in Java
   */
  Stay(boolean always) {
    this.always = always;
  }

  /** The accelerator has refused an instruction. */
  void refused(Insn insn) {
    boolean close = System.nanoTime() - left < CLOSE;
    length = always ? LONGEST : close ? Math.min(2 * length + 16, LONGEST) : length / 2;
    refused[insn.op.id] = true;
  }

  /** Whether the accelerator has refused one of its kind. */
  boolean isRefused(Insn insn) {
    return refused[insn.op.id];
  }

  /** Instructions to be executed here after a refused one. */
  int length() {
    return length;
  }

  /** The state goes back. */
  void left() {
    left = System.nanoTime();
  }
}
