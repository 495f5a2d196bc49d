package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jvmm.block.Extent;

/** An extent of the disk, in offsets of its own. The methods are {@link Extent}'s image's. */
interface Part {
  long size();

  /** Bytes of a grain; 0 if it has none. */
  int clusterSize();

  /** Whether its grains are compressed. */
  default boolean compressed() {
    return false;
  }

  /** Its file's name; null without one. */
  String fileName();

  void read(long offset, ByteBuffer into) throws IOException;

  void write(long offset, ByteBuffer from) throws IOException;

  void writeZeroes(long offset, long length) throws IOException;

  Extent extent(long offset) throws IOException;

  void flush() throws IOException;

  /** Adds a line for each broken entry. */
  void check(List<String> messages) throws IOException;

  void close() throws IOException;
}
