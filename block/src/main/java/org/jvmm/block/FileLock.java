package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * The lock against two writers, of the kind and in the places of QEMU's image locking (block/
 * file-posix.c: RAW_LOCK_PERM_BASE, RAW_LOCK_SHARED_BASE), so that jvmm and QEMU see each other. A
 * user of the image holds a read lock on byte 100 + n for each permission n that it uses, and on
 * 200 + n for each that it grants to nobody else; who cannot place a write lock where it matters
 * finds the image taken. A reader lets readers in; a writer lets nobody in who wants a quiet image.
 */
final class FileLock {
  /** Bits of QEMU's BLK_PERM_*. */
  private static final int CONSISTENT_READ = 0;

  private static final int WRITE = 1;
  private static final int RESIZE = 3;

  private static final int USED = 100;
  private static final int UNSHARED = 200;
  private static final long TO_THE_END = 0;

  private FileLock() {}

  /** Takes the lock for a reader or a writer. */
  static void take(int fd, Path path, boolean readOnly) throws IOException {
    int[] used =
        readOnly ? new int[] {CONSISTENT_READ} : new int[] {CONSISTENT_READ, WRITE, RESIZE};
    int[] unshared = {WRITE, RESIZE};
    for (int permission : used) {
      hold(fd, path, USED + permission);
    }
    for (int permission : unshared) {
      hold(fd, path, UNSHARED + permission);
    }
    for (int permission : used) {
      if (taken(fd, UNSHARED + permission)) {
        throw new ImageException(
            permission == CONSISTENT_READ
                ? path + ": another process changes this image and lets nobody read it"
                : path + ": another process uses this image, so it cannot be opened for writing");
      }
    }
    for (int permission : unshared) {
      if (taken(fd, USED + permission)) {
        throw new ImageException(path + ": another process is writing to this image");
      }
    }
  }

  /**
   * Frees the lock. Closing the descriptor would do that too, but not while a process that has just
   * been forked has its copy: until it executes its program, the lock would be seen to be held.
   */
  static void release(int fd) {
    Posix.fcntl(fd, Posix.F_OFD_SETLK, flock(Posix.F_UNLCK, 0, TO_THE_END));
  }

  private static void hold(int fd, Path path, int at) throws IOException {
    if (Posix.fcntl(fd, Posix.F_OFD_SETLK, flock(Posix.F_RDLCK, at, 1)) != 0) {
      int errno = Posix.errno();
      if (errno == Posix.EAGAIN || errno == Posix.EACCES) {
        throw new ImageException(path + ": another process has locked this image");
      }
      // A file system without locks (some network ones): nothing can be taken, nothing is.
    }
  }

  private static boolean taken(int fd, int at) {
    byte[] flock = flock(Posix.F_WRLCK, at, 1);
    int result = Posix.fcntl(fd, Posix.F_OFD_GETLK, flock);
    short type = ByteBuffer.wrap(flock).order(ByteOrder.nativeOrder()).getShort(0);
    return result == 0 && type != Posix.F_UNLCK;
  }

  /** {@code struct flock}: type, whence (0: from the start), start at byte 8, length, process. */
  private static byte[] flock(short type, long start, long length) {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.nativeOrder())
        .putShort(0, type)
        .putLong(8, start)
        .putLong(16, length)
        .array();
  }
}
