package org.jvmm.devices.net;

/**
 * The far end of the cable.
 *
 * <p>The card calls with its monitor held. So a peer does not block, and takes no lock that another
 * thread holds while it calls the card.
 */
public interface NicPeer {
  /** A cable that leads nowhere. */
  NicPeer UNCONNECTED =
      new NicPeer() {
        @Override
        public boolean transmit(byte[] frame, int offset, int length) {
          return true;
        }

        @Override
        public void receiverReady() {}
      };

  /**
   * Offers a frame that the guest sends, without its frame check sequence. The array is the card's
   * memory, which changes after return.
   *
   * @return false if there is no room; the card then keeps the frame until {@link
   *     Ne2kPci#transmitterReady}
   */
  boolean transmit(byte[] frame, int offset, int length);

  /** There is room again after {@link Ne2kPci#receive} refused a frame. May come without need. */
  void receiverReady();
}
