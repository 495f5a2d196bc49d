package org.jvmm.block;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * What Linux can do with a file and the JDK cannot: holes, allocation, and locks that belong to an
 * open file instead of a process. Numbers from linux/fcntl.h and linux/falloc.h; they are the same
 * on x86-64 and arm64.
 */
final class Posix {
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_CLOEXEC = 0x80000;
  static final int EACCES = 13;
  static final int EAGAIN = 11;
  static final int ENOSPC = 28;
  static final int EDQUOT = 122;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;
  static final int FALLOC_FL_KEEP_SIZE = 1;
  static final int FALLOC_FL_PUNCH_HOLE = 2;
  static final int F_OFD_GETLK = 36;
  static final int F_OFD_SETLK = 37;
  static final short F_RDLCK = 0;
  static final short F_WRLCK = 1;
  static final short F_UNLCK = 2;

  static final int AT_EMPTY_PATH = 0x1000;
  static final int STATX_BLOCKS = 0x400;
  static final int STATX_BYTES = 256;

  /** Offset of stx_blocks, in units of 512 bytes, in struct statx. */
  static final int STATX_BLOCKS_AT = 48;

  /** Whether these functions are there: Linux with a 64-bit C library that JNA can load. */
  static final boolean AVAILABLE = load();

  private Posix() {}

  private static boolean load() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").matches("amd64|aarch64")) {
      return false;
    }
    try {
      Native.register(Posix.class, NativeLibrary.getProcess());
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }

  /** {@code fcntl}'s and {@code open}'s variadic integers travel in the same registers. */
  static native int open(String path, int flags, int mode);

  static native int close(int fd);

  static native int fcntl(int fd, int command, byte[] flock);

  static native int fallocate(int fd, int mode, long offset, long length);

  static native long lseek(int fd, long offset, int whence);

  static native int ftruncate(int fd, long length);

  static native int statx(int directory, String path, int flags, int mask, byte[] statx);

  static native String strerror(int errno);

  static int errno() {
    return Native.getLastError();
  }
}
