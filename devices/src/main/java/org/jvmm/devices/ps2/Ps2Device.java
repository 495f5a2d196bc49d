package org.jvmm.devices.ps2;

/**
 * What a keyboard controller sees at one of its two ports.
 *
 * <p>Locks: the controller calls with its monitor held and the device takes its own; so the device
 * calls its listener without holding its monitor.
 */
public interface Ps2Device {
  /** {@link #transmit()} when there is nothing to send. */
  int NOTHING = -1;

  /** An empty socket. */
  Ps2Device ABSENT =
      new Ps2Device() {
        @Override
        public boolean receive(int value) {
          return false;
        }

        @Override
        public int transmit() {
          return NOTHING;
        }

        @Override
        public void onReady(Runnable listener) {}
      };

  /**
   * Takes a command or parameter byte.
   *
   * @return false if no device is there to take it
   */
  boolean receive(int value);

  /** Takes out the next byte for the host, 0..255, or {@link #NOTHING}. */
  int transmit();

  /** Sets who hears that {@link #transmit()} has something because of the user's input. */
  void onReady(Runnable listener);
}
