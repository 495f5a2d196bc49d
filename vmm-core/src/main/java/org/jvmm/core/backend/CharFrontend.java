package org.jvmm.core.backend;

/**
 * The guest's side of a {@link CharBackend}. The backend's threads call it, holding no lock that
 * the device's calls need.
 */
public interface CharFrontend {
  /**
   * Gives bytes to the guest.
   *
   * @return how many it took; when fewer than {@code count}, {@link CharBackend#receiverReady}
   *     tells when to go on
   */
  int receive(byte[] bytes, int offset, int count);

  /** A break condition on the line. */
  void receiveBreak();

  /** {@link CharBackend#offer} has room again. */
  void writable();
}
