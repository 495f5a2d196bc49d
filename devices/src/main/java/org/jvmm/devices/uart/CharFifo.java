package org.jvmm.devices.uart;

import java.util.ArrayList;
import java.util.List;

/**
 * A FIFO of 16 characters with their error bits (PC16550D section 8.4).
 *
 * <p>An entry is the character in bits 7:0 and its {@link Uart16550.Lsr} error bits shifted left by
 * 8.
 */
final class CharFifo {
  static final int DEPTH = 16;

  private static final int ERRORS = ~0xff;

  private final int[] entries = new int[DEPTH];
  private int head;
  private int size;
  private int flawed;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Whether any entry carries error bits. */
  boolean hasErrors() {
    return flawed > 0;
  }

  /** Appends an entry; the caller has checked that there is room. */
  void add(int entry) {
    entries[(head + size) % DEPTH] = entry;
    size++;
    flawed += (entry & ERRORS) != 0 ? 1 : 0;
  }

  /** The oldest entry; the FIFO is not empty. */
  int peek() {
    return entries[head];
  }

  /** Takes the oldest entry out; the FIFO is not empty. */
  int poll() {
    clearHeadErrors();
    int entry = entries[head];
    head = (head + 1) % DEPTH;
    size--;
    return entry;
  }

  /** The error bits of the oldest entry, if there is one, have been read. */
  void clearHeadErrors() {
    if (size > 0 && (entries[head] & ERRORS) != 0) {
      entries[head] &= ~ERRORS;
      flawed--;
    }
  }

  void clear() {
    size = 0;
    flawed = 0;
  }

  /** All entries, oldest first. */
  List<Integer> toList() {
    List<Integer> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(entries[(head + i) % DEPTH]);
    }
    return List.copyOf(list);
  }
}
