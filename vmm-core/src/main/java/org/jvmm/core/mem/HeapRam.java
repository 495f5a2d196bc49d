package org.jvmm.core.mem;

/** RAM from the C heap, aligned to pages. */
final class HeapRam implements RamBlock {
  private static final int PAGE = 4096;

  private final String name;
  private final long size;
  private long base;

  HeapRam(String name, long size) {
    this.name = name;
    this.size = size;
    try {
      base = RawMemory.allocate(size + PAGE);
    } catch (OutOfMemoryError e) {
      throw new RamException("the host has no %d MiB for %s".formatted(size >> 20, name), e);
    }
  }

  @Override
  public long address() {
    return (base + PAGE - 1) & -PAGE;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int fd() {
    return -1;
  }

  @Override
  public void close() {
    if (base != 0) {
      RawMemory.free(base);
      base = 0;
    }
  }

  @Override
  public String toString() {
    return "%s (%d bytes of C heap)".formatted(name, size);
  }
}
