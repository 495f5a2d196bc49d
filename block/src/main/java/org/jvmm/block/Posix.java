package org.jvmm.block;

import com.kenai.jffi.ArrayFlags;
import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import org.jvmm.core.natives.JffiLibrary;

/**
 * What Linux can do with a file and the JDK cannot: holes, allocation, and locks that belong to an
 * open file instead of a process. Numbers from linux/fcntl.h and linux/falloc.h; they are the same
 * on x86-64 and arm64. Called by jffi, which is ready in half of the time that JNA takes: most of
 * what a short command needs.
 */
final class Posix {
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_CLOEXEC = 0x80000;
  static final int EINTR = 4;
  static final int S_IFMT = 0xF000;
  static final int S_IFIFO = 0x1000;
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

  /** Of struct statfs, with room for it; f_type is its first field. */
  private static final int STATFS_BYTES = 256;

  /** EXT4_SUPER_MAGIC of linux/magic.h, the one of ext2 and ext3 too. */
  private static final long EXT4 = 0xef53;

  /** Whether these functions are there: Linux with a 64-bit C library that jffi can load. */
  static final boolean AVAILABLE = load();

  private static final int LONGEST_TEXT = 256;

  private Posix() {}

  private static boolean load() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").matches("amd64|aarch64")) {
      return false;
    }
    JffiLibrary.load();
    try {
      // Both, so that nothing is left to be loaded later.
      return Function.CLOSE.address != 0 && MemoryIO.getInstance() != null;
    } catch (LinkageError e) {
      return false;
    }
  }

  /** A function of integers and pointers, all of which travel in registers of 64 bits. */
  private enum Function {
    OPEN("open", Type.POINTER, Type.SINT64, Type.SINT64),
    CLOSE("close", Type.SINT64),
    FCNTL("fcntl", Type.SINT64, Type.SINT64, Type.POINTER),
    FALLOCATE("fallocate", Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64),
    LSEEK("lseek", Type.SINT64, Type.SINT64, Type.SINT64),
    FTRUNCATE("ftruncate", Type.SINT64, Type.SINT64),
    PREADV("preadv", Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64),
    PWRITEV("pwritev", Type.SINT64, Type.SINT64, Type.SINT64, Type.SINT64),
    MEMCMP("memcmp", Type.SINT64, Type.SINT64, Type.SINT64),
    FSTATFS("fstatfs", Type.SINT64, Type.POINTER),
    STATX("statx", Type.SINT64, Type.POINTER, Type.SINT64, Type.SINT64, Type.POINTER),
    /** The one of XPG, which fills the buffer; the GNU one may not. */
    STRERROR("__xpg_strerror_r", Type.SINT64, Type.POINTER, Type.SINT64);

    private final long address;
    private final CallContext context;

    Function(String name, Type... parameters) {
      address = Library.getDefault().getSymbolAddress(name);
      context =
          CallContext.getCallContext(Type.SINT64, parameters, CallingConvention.DEFAULT, true);
    }

    /** Calls it with numbers, and with arrays that are copied there and back. */
    long call(Object... arguments) {
      HeapInvocationBuffer buffer = new HeapInvocationBuffer(context);
      for (Object each : arguments) {
        if (each instanceof byte[] bytes) {
          buffer.putArray(bytes, 0, bytes.length, ArrayFlags.IN | ArrayFlags.OUT);
        } else {
          buffer.putLong(((Number) each).longValue());
        }
      }
      return Invoker.getInstance().invokeLong(context, address, buffer);
    }

    /** Calls it with three numbers; allocates nothing. */
    long call(long a, long b, long c) {
      return Invoker.getInstance().invokeN3(context, address, a, b, c);
    }

    /** Calls it with four numbers; allocates nothing. */
    long call(long a, long b, long c, long d) {
      return Invoker.getInstance().invokeN4(context, address, a, b, c, d);
    }
  }

  static int open(Path path, int flags, int mode) {
    return (int) Function.OPEN.call(text(path.toString()), flags, mode);
  }

  static int close(int fd) {
    return (int) Function.CLOSE.call(fd);
  }

  static int fcntl(int fd, int command, byte[] flock) {
    return (int) Function.FCNTL.call(fd, command, flock);
  }

  static int fallocate(int fd, int mode, long offset, long length) {
    return (int) Function.FALLOCATE.call(fd, mode, offset, length);
  }

  static long lseek(int fd, long offset, int whence) {
    return Function.LSEEK.call(fd, offset, whence);
  }

  static int ftruncate(int fd, long length) {
    return (int) Function.FTRUNCATE.call(fd, length);
  }

  /**
   * Reads from a byte of the file on.
   *
   * @param vectors address of an array of struct iovec
   * @return how many bytes, 0 at the end of the file, -1 for an error
   */
  static long preadv(int fd, long vectors, int count, long offset) {
    return Function.PREADV.call(fd, vectors, count, offset);
  }

  /** Writes from a byte of the file on; the same arguments. */
  static long pwritev(int fd, long vectors, int count, long offset) {
    return Function.PWRITEV.call(fd, vectors, count, offset);
  }

  /** Compares bytes at two addresses; 0 if they are the same. */
  static int memcmp(long a, long b, long count) {
    return (int) Function.MEMCMP.call(a, b, count);
  }

  /** Where a direct buffer's first byte, that of index 0, is. */
  static long address(ByteBuffer direct) {
    return MemoryIO.getInstance().getDirectBufferAddress(direct);
  }

  /** Whether a file lies on ext4. */
  static boolean isExt4(int fd) {
    byte[] statfs = new byte[STATFS_BYTES];
    return Function.FSTATFS.call(fd, statfs) == 0
        && ByteBuffer.wrap(statfs).order(ByteOrder.nativeOrder()).getLong(0) == EXT4;
  }

  static int statx(int directory, String path, int flags, int mask, byte[] statx) {
    return (int) Function.STATX.call(directory, text(path), flags, mask, statx);
  }

  static String strerror(int errno) {
    byte[] text = new byte[LONGEST_TEXT];
    Function.STRERROR.call(errno, text, text.length);
    int end = 0;
    while (text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, encoding());
  }

  /** The last call's error on this thread. */
  static int errno() {
    return LastError.getInstance().get();
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(encoding());
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  /** The host's, which since JDK 18 need not be the default one. */
  private static Charset encoding() {
    return Charset.forName(System.getProperty("native.encoding", "UTF-8"));
  }
}
