package org.jvmm.block;

import java.io.IOException;
import java.util.List;

/** An image whose bookkeeping can be verified. */
public interface Checkable {
  /** What to mend, as qemu-img's {@code -r}. */
  enum Repair {
    NONE,
    LEAKS,
    ALL
  }

  /**
   * What a check found.
   *
   * @param corruptions places where data is or may be lost
   * @param leaks clusters that are held but not used: harmless
   * @param corruptionsFixed of the corruptions, mended
   * @param leaksFixed of the leaks, mended
   * @param totalClusters clusters of the disk
   * @param allocatedClusters of them stored in this file
   * @param fragmentedClusters of them not behind their neighbour
   * @param compressedClusters of them compressed
   * @param imageEnd bytes of the file that are in use
   * @param messages one line each, the first ones
   */
  record Result(
      long corruptions,
      long leaks,
      long corruptionsFixed,
      long leaksFixed,
      long totalClusters,
      long allocatedClusters,
      long fragmentedClusters,
      long compressedClusters,
      long imageEnd,
      List<String> messages) {
    /** Whether nothing is left to mend. */
    public boolean clean() {
      return corruptions == corruptionsFixed && leaks == leaksFixed;
    }
  }

  /** Verifies, and mends what is asked for. */
  Result check(Repair repair) throws IOException;
}
