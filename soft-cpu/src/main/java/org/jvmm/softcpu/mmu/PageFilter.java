package org.jvmm.softcpu.mmu;

import java.util.Arrays;

/**
 * A set of pages that may say yes for a page that was never added, but never no for one that was.
 */
final class PageFilter {
  private final int shift;
  private final long[] bits;

  /**
   * An empty set.
   *
   * @param shift log2 of the size of a page
   * @param size bits, a power of two from 64
   */
  PageFilter(int shift, int size) {
    this.shift = shift;
    bits = new long[size >> 6];
  }

  private int word(long number) {
    return (int) (number >>> 6) & bits.length - 1;
  }

  void add(long va) {
    long number = va >>> shift;
    bits[word(number)] |= 1L << number;
  }

  boolean mayContain(long va) {
    long number = va >>> shift;
    return (bits[word(number)] >>> number & 1) != 0;
  }

  void clear() {
    Arrays.fill(bits, 0);
  }
}
