package org.jvmm.core.backend;

/**
 * The host end of a network card's cable: a hub, a socket, a tap. It carries Ethernet frames from
 * the destination address to the last byte of payload, without preamble and frame check sequence
 * (IEEE 802.3 section 3.1.1); a frame may lack the padding to 60 bytes. Frames to the guest are
 * pushed through the {@link NetFrontend} that is connected.
 *
 * <p>As on any Ethernet a frame may be lost on the way, but a backend loses none while both ends
 * keep up, and those that arrive do so once and in their order. What it keeps is bounded. No call
 * blocks, and none calls the card from within: a card may call with its monitor held.
 */
public interface NetBackend extends AutoCloseable {
  /** Least bytes of a frame: two addresses and the type. */
  int MIN_FRAME = 14;

  /** Most bytes of a frame: a jumbo frame of 9000 bytes of payload, with a VLAN tag. */
  int MAX_FRAME = 9018;

  /** Plugs a card in, in the place of the one before; what has arrived for that one is lost. */
  void connect(NetFrontend card);

  /** Unplugs the card; what arrives is lost. A call to it that is under way may still end. */
  void disconnect();

  /**
   * Takes a frame from the guest; the array is the card's again on return.
   *
   * @param length in bytes; a frame shorter than {@link #MIN_FRAME} or longer than {@link
   *     #MAX_FRAME} is taken and lost
   * @return false if there is no room: the card keeps the frame until {@link NetFrontend#writable}
   */
  boolean offer(byte[] frame, int offset, int length);

  /** The card has room again, after {@link NetFrontend#receive} refused a frame. */
  void receiverReady();

  /**
   * Whether a carrier is on the cable; {@link NetFrontend#linkChanged} tells of changes. Without
   * one, frames are taken and lost.
   */
  boolean linkUp();

  /** Sends what was taken as far as the host allows, and ends; the carrier is gone. */
  @Override
  void close();
}
