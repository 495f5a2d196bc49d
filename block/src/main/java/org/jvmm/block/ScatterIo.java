package org.jvmm.block;

import java.io.IOException;
import org.jvmm.core.mem.ScatterList;

/**
 * Transfers between an image or a file and guest memory without a buffer between. All of the list
 * passes, or an exception says why not.
 */
public interface ScatterIo {
  /** Fills the list's memory from a byte on; what lies past the end of a file reads as zeroes. */
  void read(long offset, ScatterList into) throws IOException;

  /** Writes the list's memory from a byte on. */
  void write(long offset, ScatterList from) throws IOException;
}
