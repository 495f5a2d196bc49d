package org.jvmm.core.mem;

import java.util.ArrayList;
import java.util.List;

/**
 * The provider's side of guest memory: which guest-physical ranges are backed by which host memory.
 * The board fills it, accelerators listen to it, devices only ever get its {@link #memory()}.
 */
public final class MemoryMap implements AutoCloseable {
  private final GuestMemory memory = new GuestMemory();
  private final List<MemorySlot> slots = new ArrayList<>();
  private final List<MemoryListener> listeners = new ArrayList<>();

  /** The consumer's view; the same object for the map's whole life. */
  public GuestMemory memory() {
    return memory;
  }

  /**
   * Maps a slot.
   *
   * @throws IllegalArgumentException if it overlaps another one
   */
  public synchronized void map(MemorySlot slot) {
    for (MemorySlot other : slots) {
      if (slot.gpa() < other.end() && other.gpa() < slot.end()) {
        throw new IllegalArgumentException(
            "memory slot %s %#x+%#x overlaps %s %#x+%#x"
                .formatted(
                    slot.name(), slot.gpa(), slot.size(), other.name(), other.gpa(), other.size()));
      }
    }
    int at = 0;
    while (at < slots.size() && slots.get(at).gpa() < slot.gpa()) {
      at++;
    }
    slots.add(at, slot);
    memory.layOut(slots);
    for (MemoryListener listener : listeners) {
      listener.added(slot);
    }
  }

  /** Whether a range does not wrap and no slot lies there. */
  public synchronized boolean isFree(long gpa, long size) {
    if (gpa < 0 || size < 1 || gpa + size < 0) {
      return false;
    }
    for (MemorySlot slot : slots) {
      if (slot.gpa() < gpa + size && gpa < slot.end()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Unmaps a slot.
   *
   * @throws IllegalArgumentException if it is not mapped
   */
  public synchronized void unmap(MemorySlot slot) {
    if (!slots.remove(slot)) {
      throw new IllegalArgumentException(
          "memory slot %s %#x is not mapped".formatted(slot.name(), slot.gpa()));
    }
    memory.layOut(slots);
    for (MemoryListener listener : listeners) {
      listener.removed(slot);
    }
  }

  /** The slots, by rising address. */
  public synchronized List<MemorySlot> slots() {
    return List.copyOf(slots);
  }

  /** Adds a listener and tells it the slots there are. */
  public synchronized void addListener(MemoryListener listener) {
    listeners.add(listener);
    for (MemorySlot slot : slots) {
      listener.added(slot);
    }
  }

  /** Stops telling a listener; it is not told of removals. */
  public synchronized void removeListener(MemoryListener listener) {
    listeners.remove(listener);
  }

  /** Unmaps everything and frees the blocks. vCPUs and devices must have stopped. */
  @Override
  public synchronized void close() {
    List<MemorySlot> all = List.copyOf(slots);
    all.forEach(this::unmap);
    all.stream().map(MemorySlot::block).distinct().forEach(RamBlock::close);
  }
}
