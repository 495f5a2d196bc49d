package org.jvmm.core.accel;

/**
 * An ability of a {@link VirtualMachine}: guest writes and interrupts that go past the run loop,
 * through an eventfd. Closing what is returned ends it.
 */
public interface EventFds {
  /** An eventfd that guest writes signal. */
  interface Doorbell extends AutoCloseable {
    /** The file descriptor, to be shared with another process. */
    int fd();

    /**
     * Waits until it has been rung since the last call.
     *
     * @return false once it is closed
     */
    boolean await();

    @Override
    void close();
  }

  /** An eventfd that interrupts the guest when it is signalled. */
  interface Trigger extends AutoCloseable {
    /** The file descriptor, to be shared with another process. */
    int fd();

    /** One edge. Any thread. */
    void signal();

    @Override
    void close();
  }

  /**
   * Lets a guest write ring instead of exit.
   *
   * @param port whether {@code address} is a port
   * @param size bytes of the write: 1, 2, 4 or 8
   * @throws AccelException if the accelerator cannot
   */
  Doorbell doorbell(boolean port, long address, int size);

  /**
   * A trigger for an input of the accelerator's interrupt controllers.
   *
   * @param gsi as in {@link VirtualMachine#irqLine}
   * @throws AccelException if the accelerator cannot
   */
  Trigger trigger(int gsi);
}
