package org.jvmm.block;

import java.nio.file.Path;
import java.util.Map;

/** An image that has more to tell than its size: what {@code info} prints. */
public interface Described {
  /** Bytes of its unit of allocation; 0 if it has none. */
  int clusterSize();

  /** The backing file's name as it stands in the image; null without one. */
  default String backingName() {
    return null;
  }

  /** The backing file's format as it stands in the image; null if it does not say. */
  default String backingFormat() {
    return null;
  }

  /** The backing file as it is opened; null without one. */
  default Path backingPath() {
    return null;
  }

  /**
   * The file in which a byte of the disk stands, if that is one beside the image's own; or null.
   */
  default String fileAt(long offset) {
    return null;
  }

  /** The format's own facts, by qemu-img's JSON names ({@code compat}, {@code corrupt}, ...). */
  default Map<String, Object> facts() {
    return Map.of();
  }
}
