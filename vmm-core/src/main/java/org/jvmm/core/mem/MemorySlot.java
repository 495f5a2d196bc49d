package org.jvmm.core.mem;

/**
 * A range of guest-physical addresses backed by host memory.
 *
 * @param name what it is: "ram.low", "bios"
 * @param gpa first guest-physical address, a multiple of 4096
 * @param size bytes, a multiple of 4096, at least one page
 * @param block the host memory
 * @param offset where in the block the slot starts, a multiple of 4096
 * @param writable false for ROM: the guest's and the devices' writes are dropped (or exit as MMIO)
 */
public record MemorySlot(
    String name, long gpa, long size, RamBlock block, long offset, boolean writable) {
  private static final long IN_PAGE = 4095;

  public MemorySlot {
    if (((gpa | size | offset) & IN_PAGE) != 0
        || size <= 0
        || gpa < 0
        || gpa + size < 0
        || offset < 0
        || offset + size > block.size()) {
      throw new IllegalArgumentException(
          "memory slot %s: gpa=%#x size=%#x offset=%#x block=%#x"
              .formatted(name, gpa, size, offset, block.size()));
    }
  }

  // A record's own methods are put together when they are first called: that takes longer than
  // all else that a board's memory needs.

  @Override
  public boolean equals(Object other) {
    return other instanceof MemorySlot slot
        && gpa == slot.gpa
        && size == slot.size
        && offset == slot.offset
        && writable == slot.writable
        && block.equals(slot.block)
        && name.equals(slot.name);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(gpa ^ size);
  }

  /** Host address of the slot's first byte. */
  public long hostAddress() {
    return block.address() + offset;
  }

  /** One past the last guest-physical address. */
  public long end() {
    return gpa + size;
  }
}
