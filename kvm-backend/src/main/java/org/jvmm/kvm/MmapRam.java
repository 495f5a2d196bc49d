package org.jvmm.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.core.mem.RamException;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeException;
import org.jvmm.kvm.nativecall.NativeLibrary;

/**
 * Guest RAM by mmap, aligned so that KVM can map it in huge pages, which madvise asks for. Pages
 * are taken from the host as they are touched.
 *
 * <p>The memory is a memfd, which another process can share, unless this host gives huge pages to
 * anonymous memory only (the default of Linux): then it is anonymous, and {@link RamBlock#fd} is
 * -1.
 */
public final class MmapRam implements RamAllocator {
  private static final Path SHARED_HUGE_PAGES =
      Path.of("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  private static final long HUGE_PAGE = 2 << 20;
  private static final long PAGE = 4096;

  private final NativeCalls calls;
  private final boolean memfd;

  /** With the native calls of this JVM; a memfd if that costs no huge pages. */
  public MmapRam() {
    this(sharedHugePages());
  }

  /**
   * @param memfd whether another process will share the memory
   */
  public MmapRam(boolean memfd) {
    this.calls = NativeLibrary.get();
    this.memfd = memfd;
  }

  private static boolean sharedHugePages() {
    try {
      String chosen = Files.readString(SHARED_HUGE_PAGES);
      return !chosen.contains("[never]") && !chosen.contains("[deny]");
    } catch (IOException e) {
      return true; // a kernel without transparent huge pages: nothing to lose
    }
  }

  @Override
  public RamBlock allocate(String name, long size) {
    int fd = -1;
    try {
      if (memfd) {
        fd = check(calls.memfdCreate("jvmm-" + name, NativeCalls.MFD_CLOEXEC), "memfd_create");
        check(calls.ftruncate(fd, size), "ftruncate");
      }
      long address = map(fd, size);
      calls.madvise(address, size, NativeCalls.MADV_HUGEPAGE); // a wish, no more
      return new Block(fd, address, size);
    } catch (NativeException e) {
      if (fd >= 0) {
        calls.close(fd);
      }
      throw new RamException(
          "the host has no %d MiB for %s: %s".formatted(size >> 20, name, e.getMessage()), e);
    }
  }

  /** Reserves a range with room for alignment, maps into it, and gives the ends back. */
  private long map(int fd, long size) {
    long slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
    int anonymous = NativeCalls.MAP_PRIVATE | NativeCalls.MAP_ANONYMOUS | NativeCalls.MAP_NORESERVE;
    long reserved = calls.mmap(0, size + slack, NativeCalls.PROT_NONE, anonymous, -1, 0);
    checkAddress(reserved, size);
    long address = slack == 0 ? reserved : reserved + HUGE_PAGE - 1 & -HUGE_PAGE;
    int flags = NativeCalls.MAP_FIXED | (fd >= 0 ? NativeCalls.MAP_SHARED : anonymous);
    int access = NativeCalls.PROT_READ | NativeCalls.PROT_WRITE;
    checkAddress(calls.mmap(address, size, access, flags, fd, 0), size);
    long behind = address + (size + PAGE - 1 & -PAGE);
    if (address > reserved) {
      calls.munmap(reserved, address - reserved);
    }
    if (behind < reserved + size + slack) {
      calls.munmap(behind, reserved + size + slack - behind);
    }
    return address;
  }

  private static void checkAddress(long result, long size) {
    if (result < 0 && result > -PAGE) {
      throw new NativeException("mmap length=%#x".formatted(size), (int) -result);
    }
  }

  private static int check(int result, String call) {
    if (result < 0) {
      throw new NativeException(call, -result);
    }
    return result;
  }

  private final class Block implements RamBlock {
    private final long size;
    private final long address;
    private final int fd;
    private boolean closed;

    Block(int fd, long address, long size) {
      this.fd = fd;
      this.address = address;
      this.size = size;
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public int fd() {
      return fd;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        calls.munmap(address, size);
        if (fd >= 0) {
          calls.close(fd);
        }
      }
    }
  }
}
