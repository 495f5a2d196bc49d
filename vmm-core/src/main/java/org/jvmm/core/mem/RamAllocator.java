package org.jvmm.core.mem;

/** Where guest RAM comes from: memfd and mmap on Linux, the C heap everywhere. */
@FunctionalInterface
public interface RamAllocator {
  /** Memory from the C heap, zeroed: for tests, small machines and hosts without mmap. */
  RamAllocator HEAP = HeapRam::new;

  /**
   * Allocates zeroed memory.
   *
   * @param name what it is for, as shown in /proc/PID/maps where the host can
   * @param size bytes, a multiple of 4096
   * @throws RamException if the host has not that much
   */
  RamBlock allocate(String name, long size);
}
