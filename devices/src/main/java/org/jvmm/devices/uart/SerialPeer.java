package org.jvmm.devices.uart;

/**
 * The far end of the serial line.
 *
 * <p>The UART calls with its monitor held, from vCPU and timer threads. So a peer does not block,
 * and takes no lock that another thread holds while it calls the UART.
 */
@FunctionalInterface
public interface SerialPeer {
  /** A line that leads nowhere. */
  SerialPeer UNCONNECTED = character -> true;

  /**
   * Offers one character that the guest sent.
   *
   * @param character 0..255
   * @return false if there is no room; the UART then keeps it and waits for {@link
   *     Uart16550#transmitterReady()}
   */
  boolean accept(int character);

  /**
   * The receiver has room again after {@link Uart16550#receive} took less than offered. May come
   * without need. The peer may call {@code receive} from within.
   */
  default void receiverReady() {}
}
