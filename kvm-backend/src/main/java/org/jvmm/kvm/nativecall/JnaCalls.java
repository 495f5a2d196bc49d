package org.jvmm.kvm.nativecall;

import com.sun.jna.Native;

/** Over JNA's direct mapping. */
final class JnaCalls implements NativeCalls {
  /** The C library's functions. Variadic in C; integers travel in the same registers either way. */
  private static final class Libc {
    static {
      Native.register(Libc.class, "c");
    }

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    static native int ioctl(int fd, long request, long argument);
  }

  @Override
  public String name() {
    return "jna";
  }

  @Override
  public long syscall(int number, long a, long b, long c, long d, long e, long f) {
    long result = Libc.syscall(number, a, b, c, d, e, f);
    return result == -1 ? -Native.getLastError() : result;
  }

  @Override
  public PreparedIoctl prepareIoctl(int fd, long request, long argument) {
    return () -> {
      int result = Libc.ioctl(fd, request, argument);
      return result == -1 ? -Native.getLastError() : result;
    };
  }
}
