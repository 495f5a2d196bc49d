package org.jvmm.softcpu.cpu;

/**
 * Leaves the running instruction, unfinished, for the VMM to do something; what is in {@link
 * PendingIo}. Stackless, one instance.
 */
public final class VmExit extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The only instance. */
  static final VmExit EXIT = new VmExit();

  private VmExit() {
    super("exit to the VMM", null, false, false);
  }
}
