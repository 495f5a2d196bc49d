package org.jvmm.block.qcow2;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jvmm.block.ImageException;

/** How often clusters of a file are used; memory for those that are. */
final class ClusterCounts {
  private static final int PAGE_BITS = 10;
  private static final int PAGE = 1 << PAGE_BITS;

  private final TreeMap<Long, long[]> pages = new TreeMap<>();
  private final long mostPages = Runtime.getRuntime().maxMemory() / 4 / (PAGE * 8);

  /** Counts a cluster once more, or several times. */
  void add(long cluster, long times) throws ImageException {
    long[] page = pages.get(cluster >> PAGE_BITS);
    if (page == null) {
      if (pages.size() >= mostPages) {
        throw new ImageException("the image has too many clusters to be checked in this memory");
      }
      page = new long[PAGE];
      pages.put(cluster >> PAGE_BITS, page);
    }
    page[(int) cluster & PAGE - 1] += times;
  }

  long get(long cluster) {
    long[] page = pages.get(cluster >> PAGE_BITS);
    return page == null ? 0 : page[(int) cluster & PAGE - 1];
  }

  /** One past the last cluster that is used. */
  long end() {
    SortedMap<Long, long[]> all = pages.descendingMap();
    for (var each : all.entrySet()) {
      for (int i = PAGE - 1; i >= 0; i--) {
        if (each.getValue()[i] != 0) {
          return (each.getKey() << PAGE_BITS) + i + 1;
        }
      }
    }
    return 0;
  }

  /** The first used cluster from one on; -1 if there is none. */
  long nextUsed(long from) {
    for (var each : pages.tailMap(from >> PAGE_BITS).entrySet()) {
      long first = each.getKey() << PAGE_BITS;
      for (int i = (int) Math.max(0, from - first); i < PAGE; i++) {
        if (each.getValue()[i] != 0) {
          return first + i;
        }
      }
    }
    return -1;
  }
}
