package org.jvmm.kvm.nativecall;

/** System call numbers (asm/unistd_64.h). */
final class SystemCall {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int OPEN = 2;
  static final int CLOSE = 3;
  static final int MMAP = 9;
  static final int MUNMAP = 11;
  static final int RT_SIGPROCMASK = 14;
  static final int IOCTL = 16;
  static final int MADVISE = 28;
  static final int FTRUNCATE = 77;
  static final int RT_SIGTIMEDWAIT = 128;
  static final int GETPID = 39;
  static final int GETTID = 186;
  static final int TGKILL = 234;
  static final int EVENTFD2 = 290;
  static final int MEMFD_CREATE = 319;

  /** Size of the kernel's sigset_t. */
  static final int SIGSET = 8;

  private SystemCall() {}
}
