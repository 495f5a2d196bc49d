package org.jvmm.kvm;

import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.core.mem.RamException;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeException;
import org.jvmm.kvm.nativecall.NativeLibrary;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * Guest RAM by memfd_create and mmap, with huge pages by madvise where the host has them to give.
 * Pages are taken from the host as they are touched.
 */
public final class MmapRam implements RamAllocator {
  private final NativeCalls calls;

  /** With the native calls of this JVM. */
  public MmapRam() {
    this(NativeLibrary.get());
  }

  MmapRam(NativeCalls calls) {
    this.calls = calls;
  }

  @Override
  public RamBlock allocate(String name, long size) {
    int fd = -1;
    try {
      fd = calls.memfdCreate("jvmm-" + name, NativeCalls.MFD_CLOEXEC);
      if (fd < 0) {
        throw new NativeException("memfd_create " + name, -fd);
      }
      int result = calls.ftruncate(fd, size);
      if (result < 0) {
        throw new NativeException("ftruncate length=%#x".formatted(size), -result);
      }
      NativeMemory memory = NativeMemory.shared(calls, fd, size);
      calls.madvise(memory.address(), size, NativeCalls.MADV_HUGEPAGE); // a wish, no more
      return new Block(fd, memory);
    } catch (NativeException e) {
      if (fd >= 0) {
        calls.close(fd);
      }
      throw new RamException(
          "the host has no %d MiB for %s: %s".formatted(size >> 20, name, e.getMessage()), e);
    }
  }

  private final class Block implements RamBlock {
    private final NativeMemory memory;
    private int fd;

    Block(int fd, NativeMemory memory) {
      this.fd = fd;
      this.memory = memory;
    }

    @Override
    public long address() {
      return memory.address();
    }

    @Override
    public long size() {
      return memory.size();
    }

    @Override
    public int fd() {
      return fd;
    }

    @Override
    public void close() {
      memory.close();
      if (fd >= 0) {
        calls.close(fd);
        fd = -1;
      }
    }
  }
}
