package org.jvmm.devices.drive;

import org.jvmm.core.backend.BlockError;

/** What a drive tells its board. */
public interface DriveEvents {
  /** For a board that cannot pause: an error that should stop the machine is reported instead. */
  DriveEvents NONE =
      new DriveEvents() {
        @Override
        public boolean stop(BlockError error, Runnable retry) {
          return false;
        }

        @Override
        public void tray(boolean open) {}
      };

  /**
   * The host failed a request in a manner that {@link ErrorPolicy} wants the machine paused for.
   * Called on the backend's thread with no lock held.
   *
   * @param retry makes the request again; to be called once, when the machine goes on
   * @return false if the machine cannot be paused: the guest is told of the error
   */
  boolean stop(BlockError error, Runnable retry);

  /** The guest opened or closed the tray. Called with the channel's monitor held. */
  void tray(boolean open);
}
