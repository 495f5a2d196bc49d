package org.jvmm.block;

import java.nio.file.Path;
import java.util.Map;

/** An image that has more to tell than its size: what {@code info} prints. */
public interface Described {
  /** Bytes of its unit of allocation; 0 if it has none. */
  int clusterSize();

  /** The backing file's name as it stands in the image; null without one. */
  String backingName();

  /** The backing file's format as it stands in the image; null if it does not say. */
  String backingFormat();

  /** The backing file as it is opened; null without one. */
  Path backingPath();

  /** The format's own facts, by qemu-img's JSON names ({@code compat}, {@code corrupt}, ...). */
  Map<String, Object> facts();
}
