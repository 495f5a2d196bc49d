package org.jvmm.core.irq;

/**
 * What drives a vCPU's INTR pin when the controllers are not in the kernel: the 8259 pair, or the
 * local APIC.
 *
 * <p>Whoever changes {@link #pending()} to true calls the vCPU's {@code interruptPending()} so that
 * it looks.
 */
public interface InterruptSource {
  /** A source that never interrupts. */
  InterruptSource NONE =
      new InterruptSource() {
        @Override
        public boolean pending() {
          return false;
        }

        @Override
        public int acknowledge() {
          return -1;
        }
      };

  /** The level of INTR. Any thread; cheap enough to ask before each entry. */
  boolean pending();

  /**
   * The INTA cycle, on the vCPU's thread.
   *
   * @return the vector 0..255, or -1 if the request went away
   */
  int acknowledge();
}
