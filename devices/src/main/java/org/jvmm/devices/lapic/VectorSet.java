package org.jvmm.devices.lapic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** 256 bits, one for each vector: IRR, ISR and TMR. Guarded by the local APIC's lock. */
final class VectorSet {
  static final int WORDS = 8;

  private final int[] words = new int[WORDS];

  void set(int vector, boolean on) {
    if (on) {
      words[vector >> 5] |= 1 << (vector & 31);
    } else {
      words[vector >> 5] &= ~(1 << (vector & 31));
    }
  }

  boolean has(int vector) {
    return (words[vector >> 5] >> (vector & 31) & 1) != 0;
  }

  /** The highest vector in the set, or -1. */
  int highest() {
    for (int i = WORDS - 1; i >= 0; i--) {
      if (words[i] != 0) {
        return 32 * i + 31 - Integer.numberOfLeadingZeros(words[i]);
      }
    }
    return -1;
  }

  /** The register of 32 vectors, 0-7. */
  int word(int i) {
    return words[i];
  }

  void clear() {
    Arrays.fill(words, 0);
  }

  List<Integer> save() {
    List<Integer> list = new ArrayList<>();
    for (int word : words) {
      list.add(word);
    }
    return List.copyOf(list);
  }

  void restore(List<Integer> list) {
    for (int i = 0; i < WORDS; i++) {
      words[i] = list.get(i);
    }
  }
}
