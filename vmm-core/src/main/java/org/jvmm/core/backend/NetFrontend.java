package org.jvmm.core.backend;

/**
 * The guest's side of a {@link NetBackend}: a network card. One thread of the backend at a time
 * calls it, holding no lock that the card's calls need; the card takes its own monitor. Nothing
 * here blocks.
 */
public interface NetFrontend {
  /**
   * Gives a frame to the guest; the array is the backend's again on return.
   *
   * @param length from {@link NetBackend#MIN_FRAME} to {@link NetBackend#MAX_FRAME} bytes
   * @return false if the card has no room now: it is offered the same frame again after {@link
   *     NetBackend#receiverReady}, which may come before this returns, and nothing until then. A
   *     card that does not listen takes the frame, and it is gone.
   */
  boolean receive(byte[] frame, int offset, int length);

  /** {@link NetBackend#offer} has room again. */
  void writable();

  /** {@link NetBackend#linkUp} has changed. */
  void linkChanged();
}
