package org.jvmm.core.irq;

/**
 * A vCPU whose FERR# output the board may use: with CR0.NE clear an unmasked x87 exception asserts
 * it instead of raising #MF (SDM vol. 1 section 8.7.2). An accelerator without it leaves such
 * guests without the interrupt.
 */
public interface FerrSource {
  /** Connects FERR#; once, before the first run. The line is driven on the vCPU's thread. */
  void connectFerr(IrqLine line);
}
