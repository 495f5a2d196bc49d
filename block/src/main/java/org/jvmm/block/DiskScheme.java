package org.jvmm.block;

import java.io.IOException;
import java.util.List;

/**
 * Disks that are named by a prefix instead of a file, such as {@code fat:DIR}. Schemes are found by
 * {@link java.util.ServiceLoader}; use them through {@link Images}.
 */
public interface DiskScheme {
  /** The prefixes of its names, each with its colon. */
  List<String> prefixes();

  /** Opens a disk by its whole name; an {@link ImageException} tells what is in the way. */
  BlockImage open(String name, OpenOptions options) throws IOException;
}
