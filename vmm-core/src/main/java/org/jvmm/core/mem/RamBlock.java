package org.jvmm.core.mem;

/**
 * A piece of host memory that holds guest RAM or ROM: the provider's side of {@link GuestMemory}.
 * Closing it while a vCPU or a device may still touch it is the owner's mistake; {@link
 * MemoryMap#close} comes first.
 */
public interface RamBlock extends AutoCloseable {
  /** Host address of the first byte, page-aligned where the accelerator needs pages. */
  long address();

  /** Size in bytes. */
  long size();

  /** The file descriptor (memfd) behind the memory, to be shared with another process, or -1. */
  int fd();

  @Override
  void close();
}
