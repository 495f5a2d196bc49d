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

  /** Opens what an image names as its backing file, in the same cache mode. */
  static Below backingOf(Described upper, CacheMode cache) {
    return writable ->
        Images.open(
            upper.backingPath(),
            upper.backingFormat(),
            OpenOptions.WRITABLE.withReadOnly(!writable).withCache(cache));
  }

  /**
   * Writes everything that this image has to the one below, and makes it durable there. An image
   * below that is smaller grows.
   *
   * @throws ImageException if there is nothing below
   */
  void commit(Below below) throws IOException;

  /** Drops what this image has: the disk reads as the one below. */
  void empty() throws IOException;
}
