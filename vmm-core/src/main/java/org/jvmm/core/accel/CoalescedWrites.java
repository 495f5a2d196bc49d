package org.jvmm.core.accel;

/**
 * An ability of a {@link VirtualMachine}: guest writes that need no answer and no hurry (a frame
 * buffer, an index register) are collected and delivered in order with the next exit of any vCPU.
 */
public interface CoalescedWrites {
  /** Takes collected writes; called in guest order, under a lock, on a vCPU's thread. */
  @FunctionalInterface
  interface Sink {
    /**
     * One write.
     *
     * @param port whether {@code address} is a port
     * @param size 1 to 8 bytes
     */
    void write(boolean port, long address, int size, long data);
  }

  /** Where all collected writes go; before the first {@link #coalesce}. */
  void deliverTo(Sink sink);

  /**
   * Collects writes to a range from now on.
   *
   * @param port whether it is a range of ports
   * @throws AccelException if the accelerator cannot
   */
  void coalesce(boolean port, long address, int size);

  /** Ends {@link #coalesce} for the same range. */
  void uncoalesce(boolean port, long address, int size);
}
