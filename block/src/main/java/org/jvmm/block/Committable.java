package org.jvmm.block;

import java.io.IOException;

/** An image on top of another one, to which it can give what it has. */
public interface Committable {
  /** Opens what is below, as it was opened with the upper image. */
  interface Below {
    /**
     * Opens it.
     *
     * @param writable whether it is to be written
     */
    BlockImage open(boolean writable) throws IOException;
  }

  /**
   * Writes everything that this image has to the one below, makes it durable there, and then has
   * nothing any more. The disk reads as before. An image below that is smaller grows.
   *
   * @throws ImageException if there is nothing below
   */
  void commit(Below below) throws IOException;
}
