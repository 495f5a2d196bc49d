package org.jvmm.kvm.nativecall;

import java.nio.charset.StandardCharsets;
import org.jvmm.core.mem.RawMemory;

/**
 * System calls of Linux on x86-64. Each returns what the kernel does: the result, or minus the
 * errno ({@link Errno}), so that no thread-local state has to be asked afterwards. Calls that the
 * kernel may interrupt without having done anything are repeated on EINTR; {@link #prepareIoctl} is
 * not.
 */
public interface NativeCalls {
  /** open(2). */
  int O_RDWR = 2, O_CLOEXEC = 0x8_0000;

  /** mmap(2). */
  int PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2;

  /** mmap(2). */
  int MAP_SHARED = 1,
      MAP_PRIVATE = 2,
      MAP_FIXED = 0x10,
      MAP_ANONYMOUS = 0x20,
      MAP_NORESERVE = 0x4000;

  /** madvise(2). */
  int MADV_HUGEPAGE = 14;

  /** memfd_create(2), eventfd(2). */
  int MFD_CLOEXEC = 1, EFD_CLOEXEC = 0x8_0000;

  /** sigprocmask(2). */
  int SIG_BLOCK = 0;

  /** The implementation: "jna", "jffi" or "ffm". */
  String name();

  /**
   * Any system call.
   *
   * @param number of asm/unistd_64.h
   * @return the result, or minus errno
   */
  long syscall(int number, long a, long b, long c, long d, long e, long f);

  /**
   * Prepares an ioctl that is called again and again, such as KVM_RUN, on the implementation's
   * fastest way. The thread is in native state meanwhile, so it holds up no garbage collection.
   */
  PreparedIoctl prepareIoctl(int fd, long request, long argument);

  /** An ioctl with its arguments, for one thread at a time. */
  @FunctionalInterface
  interface PreparedIoctl {
    /**
     * Calls it once; allocates nothing.
     *
     * @return the result, or minus errno
     */
    int call();
  }

  /** ioctl(2); argument is an integer or an address. */
  default int ioctl(int fd, long request, long argument) {
    int result;
    do {
      result = (int) syscall(SystemCall.IOCTL, fd, request, argument, 0, 0, 0);
    } while (result == -Errno.EINTR);
    return result;
  }

  /** open(2). */
  default int open(String path, int flags) {
    try (NativeMemory name = string(path)) {
      int fd;
      do {
        fd = (int) syscall(SystemCall.OPEN, name.address(), flags, 0, 0, 0, 0);
      } while (fd == -Errno.EINTR);
      return fd;
    }
  }

  /** close(2); never repeated: the descriptor is gone even after EINTR. */
  default int close(int fd) {
    return (int) syscall(SystemCall.CLOSE, fd, 0, 0, 0, 0, 0);
  }

  /**
   * mmap(2).
   *
   * @param address where, with MAP_FIXED; else 0
   */
  default long mmap(long address, long length, int protection, int flags, int fd, long offset) {
    return syscall(SystemCall.MMAP, address, length, protection, flags, fd, offset);
  }

  /** munmap(2). */
  default int munmap(long address, long length) {
    return (int) syscall(SystemCall.MUNMAP, address, length, 0, 0, 0, 0);
  }

  /** madvise(2). */
  default int madvise(long address, long length, int advice) {
    return (int) syscall(SystemCall.MADVISE, address, length, advice, 0, 0, 0);
  }

  /** memfd_create(2). */
  default int memfdCreate(String name, int flags) {
    try (NativeMemory text = string(name)) {
      return (int) syscall(SystemCall.MEMFD_CREATE, text.address(), flags, 0, 0, 0, 0);
    }
  }

  /** ftruncate(2). */
  default int ftruncate(int fd, long length) {
    return (int) syscall(SystemCall.FTRUNCATE, fd, length, 0, 0, 0, 0);
  }

  /** eventfd(2). */
  default int eventfd(int initial, int flags) {
    return (int) syscall(SystemCall.EVENTFD2, initial, flags, 0, 0, 0, 0);
  }

  /** read(2). */
  default long read(int fd, long address, long length) {
    long result;
    do {
      result = syscall(SystemCall.READ, fd, address, length, 0, 0, 0);
    } while (result == -Errno.EINTR);
    return result;
  }

  /** write(2). */
  default long write(int fd, long address, long length) {
    long result;
    do {
      result = syscall(SystemCall.WRITE, fd, address, length, 0, 0, 0);
    } while (result == -Errno.EINTR);
    return result;
  }

  /** getpid(2): the number of this process. */
  default int getpid() {
    return (int) syscall(SystemCall.GETPID, 0, 0, 0, 0, 0, 0);
  }

  /** gettid(2): the kernel's number of this thread. */
  default int gettid() {
    return (int) syscall(SystemCall.GETTID, 0, 0, 0, 0, 0, 0);
  }

  /** tgkill(2): a signal to one thread of this process. */
  default int tgkill(int process, int thread, int signal) {
    return (int) syscall(SystemCall.TGKILL, process, thread, signal, 0, 0, 0);
  }

  /**
   * rt_sigprocmask(2) for this thread.
   *
   * @param set address of 8 bytes, bit n-1 for signal n
   * @param old address of 8 bytes that receive the former mask, or 0
   */
  default int sigmask(int how, long set, long old) {
    return (int) syscall(SystemCall.RT_SIGPROCMASK, how, set, old, SystemCall.SIGSET, 0, 0);
  }

  /**
   * rt_sigtimedwait(2): takes a pending signal of the set.
   *
   * @param timespec address of seconds and nanoseconds, 8 bytes each
   * @return the signal, or -EAGAIN
   */
  default int sigtimedwait(long set, long timespec) {
    int result;
    do {
      result = (int) syscall(SystemCall.RT_SIGTIMEDWAIT, set, 0, timespec, SystemCall.SIGSET, 0, 0);
    } while (result == -Errno.EINTR);
    return result;
  }

  private NativeMemory string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeMemory memory = new NativeMemory(this, bytes.length + 1);
    RawMemory.copyIn(bytes, 0, bytes.length, memory.address());
    return memory;
  }
}
