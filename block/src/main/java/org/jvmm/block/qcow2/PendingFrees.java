package org.jvmm.block.qcow2;

import java.io.IOException;
import java.util.Arrays;

/**
 * Runs of clusters that lost a user whose entry may still stand on storage. They are counted down,
 * and may be used again, when it is gone from there.
 */
final class PendingFrees {
  /** More runs than this are settled by a flush. */
  static final int MANY = 4096;

  private long[] first = new long[64];
  private long[] length = new long[64];
  private boolean[] discarded = new boolean[64];
  private int count;

  /** What happens to a run. */
  interface Action {
    void free(long cluster, long clusters, boolean discard) throws IOException;
  }

  /**
   * Notes a run.
   *
   * @param discard whether its storage shall be given back
   */
  void add(long cluster, long clusters, boolean discard) {
    int last = count - 1;
    if (last >= 0 && first[last] + length[last] == cluster && discarded[last] == discard) {
      length[last] += clusters;
      return;
    }
    if (count == first.length) {
      first = Arrays.copyOf(first, 2 * count);
      length = Arrays.copyOf(length, 2 * count);
      discarded = Arrays.copyOf(discarded, 2 * count);
    }
    first[count] = cluster;
    length[count] = clusters;
    discarded[count++] = discard;
  }

  boolean isEmpty() {
    return count == 0;
  }

  boolean many() {
    return count >= MANY;
  }

  /** Hands over every run; one that fails is leaked. */
  void settle(Action action) throws IOException {
    int runs = count;
    count = 0;
    for (int i = 0; i < runs; i++) {
      action.free(first[i], length[i], discarded[i]);
    }
  }
}
