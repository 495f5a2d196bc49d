package org.jvmm.core.irq;

/**
 * The inputs of a vCPU that a local APIC (or the board) drives. Any thread may call; a running vCPU
 * is kicked.
 */
public interface VcpuPins {
  /** {@link InterruptSource#pending()} may have become true. */
  void interruptPending();

  /** Edge on NMI. */
  void nmi();

  /**
   * INIT: reset to the wait-for-SIPI state (application processors) or to the reset vector
   * (bootstrap processor).
   */
  void init();

  /**
   * Start-up IPI, taken only in the wait-for-SIPI state.
   *
   * @param vector 0..255: execution starts at {@code vector << 12}
   */
  void startup(int vector);
}
