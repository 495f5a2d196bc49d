package org.jvmm.block;

import java.io.IOException;

/** An image whose disk can grow and shrink. */
public interface Resizable {
  /**
   * Changes the disk's size; new bytes read as zeroes, bytes past a smaller size are lost.
   *
   * @param preallocation for the new bytes: off, metadata, falloc or full, as far as the format can
   */
  void resize(long size, String preallocation) throws IOException;
}
