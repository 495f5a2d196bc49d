package org.jvmm.core.backend;

/**
 * The host side of a character device: a terminal, a file, a socket. Bytes to the guest are pushed
 * through the {@link CharFrontend} it is connected to.
 */
public interface CharBackend extends AutoCloseable {
  /** Connects the device, once, before the machine runs. */
  void connect(CharFrontend device);

  /**
   * Takes one byte from the guest. Never blocks.
   *
   * @param value 0..255
   * @return false if there is no room: the device keeps the byte until {@link
   *     CharFrontend#writable}
   */
  boolean offer(int value);

  /**
   * The device takes input again, after {@link CharFrontend#receive} took less than offered. Never
   * blocks.
   */
  void receiverReady();

  /** Delivers what was taken from the guest as far as the host allows, and ends. */
  @Override
  void close();
}
