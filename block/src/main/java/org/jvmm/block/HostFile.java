package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jvmm.core.backend.IoBuffer;
import org.jvmm.core.mem.ScatterList;

/**
 * A file of the host. Data goes through a {@link FileChannel}; on Linux a second descriptor of the
 * same file holds the lock and does what the JDK cannot. Elsewhere the JDK's lock is taken, holes
 * are not known and zeroes are written.
 */
final class HostFile implements ImageFile {
  private static final int ZEROES = 1 << 20;
  private static final int NONE = -1;

  /** A write of so many bytes into a file that is being filled gets its storage at once. */
  private static final int LARGE = 64 << 10;

  private final Path path;
  private final boolean readOnly;
  private final boolean syncs;
  private final FileChannel channel;
  private final int fd;
  private final DirectIo direct;
  private ByteBuffer zeroes;

  /** ext4 otherwise reserves storage for each page of a write: a third of the write's time. */
  private boolean allocates;

  /** To be emptied before the first change: a creation that is refused leaves an old file alone. */
  private boolean stale;

  private HostFile(Path path, OpenOptions options, boolean create) throws IOException {
    this.path = path;
    this.readOnly = options.readOnly();
    this.syncs = options.cache().syncs();
    this.fd = descriptor(path, readOnly, create);
    FileChannel opened = null;
    try {
      opened = channel(path, fd, readOnly, create);
      if (options.locked()) {
        lock(opened);
      }
    } catch (IOException | RuntimeException e) {
      if (opened != null) {
        opened.close();
      }
      closeDescriptor();
      throw e;
    }
    this.channel = opened;
    this.allocates = options.filling() && fd != NONE && Posix.isExt4(fd);
    this.direct =
        options.cache().direct() ? DirectIo.open(reachable(path, fd), modes(readOnly)) : null;
  }

  /** Loads the C library's functions. */
  static boolean load() {
    return Posix.AVAILABLE;
  }

  /** Opens an existing file; {@link OpenOptions#cache} direct where the file system can. */
  static ImageFile open(Path path, OpenOptions options) throws IOException {
    if (Files.isDirectory(path)) {
      throw new ImageException(
          "%s is a directory; fat:%s is a read-only disk with its files".formatted(path, path));
    }
    if (isPipe(path)) { // opening it would wait for somebody to write
      throw new ImageException("%s is a pipe".formatted(path));
    }
    return new HostFile(path, options, false);
  }

  private static boolean isPipe(Path path) throws IOException {
    return Files.exists(path)
        && path.getFileSystem().supportedFileAttributeViews().contains("unix")
        && ((int) Files.getAttribute(path, "unix:mode") & Posix.S_IFMT) == Posix.S_IFIFO;
  }

  /**
   * Makes an empty file; an old one of that name, which nobody uses, is emptied by the first
   * change. What is written is not synced.
   */
  static ImageFile create(Path path) throws IOException {
    HostFile file = new HostFile(path, OpenOptions.WRITABLE.withCache(CacheMode.UNSAFE), true);
    file.stale = true;
    return file;
  }

  private void beforeChange() throws IOException {
    if (stale) {
      stale = false;
      channel.truncate(0);
    }
  }

  private static int descriptor(Path path, boolean readOnly, boolean create) throws IOException {
    if (!Posix.AVAILABLE) {
      return NONE;
    }
    int flags = (readOnly ? 0 : Posix.O_RDWR) | (create ? Posix.O_CREAT : 0) | Posix.O_CLOEXEC;
    int fd = Posix.open(path, flags, 0644);
    if (fd < 0) {
      throw new ImageException(path + ": " + Posix.strerror(Posix.errno()));
    }
    return fd;
  }

  /** By way of the descriptor where there is one, so that all are one file whatever is renamed. */
  private static Path reachable(Path path, int fd) {
    return fd == NONE ? path : Path.of("/proc/self/fd/" + fd);
  }

  private static Set<StandardOpenOption> modes(boolean readOnly) {
    return readOnly
        ? EnumSet.of(StandardOpenOption.READ)
        : EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static FileChannel channel(Path path, int fd, boolean readOnly, boolean create)
      throws IOException {
    Set<StandardOpenOption> how = modes(readOnly);
    if (create && fd == NONE) {
      how.add(StandardOpenOption.CREATE);
    }
    try {
      return FileChannel.open(reachable(path, fd), how);
    } catch (FileSystemException e) {
      throw new ImageException(
          path + ": " + (e.getReason() == null ? "no such file, or no permission" : e.getReason()));
    }
  }

  private void lock(FileChannel opened) throws IOException {
    if (fd != NONE) {
      FileLock.take(fd, path, readOnly);
      return;
    }
    try {
      if (opened.tryLock(0, Long.MAX_VALUE, readOnly) == null) {
        throw new ImageException(path + ": another process uses this image");
      }
    } catch (OverlappingFileLockException e) {
      throw new ImageException(path + ": this process uses this image already");
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public long size() throws IOException {
    return stale ? 0 : channel.size();
  }

  @Override
  public void read(long position, ByteBuffer into) throws IOException {
    try {
      if (direct != null) {
        position += direct.read(position, into);
      }
      while (into.hasRemaining()) {
        int count = channel.read(into, position);
        if (count < 0) {
          Zeroes.fill(into);
          return;
        }
        position += count;
      }
    } catch (IOException e) {
      throw named("read at %#x".formatted(position), e);
    }
  }

  @Override
  public void write(long position, ByteBuffer from) throws IOException {
    try {
      beforeChange();
      if (allocates && from.remaining() >= LARGE) {
        // Not everywhere (ext3 has none): the write itself tells whether there is room.
        allocates = Posix.fallocate(fd, Posix.FALLOC_FL_KEEP_SIZE, position, from.remaining()) == 0;
      }
      if (direct != null) {
        position += direct.write(position, from);
      }
      while (from.hasRemaining()) {
        position += channel.write(from, position);
      }
    } catch (IOException e) {
      throw named("written at %#x".formatted(position), e);
    }
  }

  @Override
  public Optional<ScatterIo> scatter() {
    return fd == NONE || direct != null ? Optional.empty() : Optional.of(new Vectors());
  }

  /** Transfers by preadv(2) and pwritev(2). */
  private final class Vectors implements ScatterIo {
    @Override
    public void read(long position, ScatterList into) throws IOException {
      try {
        while (into.remaining() > 0) {
          long count = Posix.preadv(fd, into.address(), into.vectors(), position);
          if (count == 0) {
            into.fillWithZeroes();
          }
          position += passed(into, count);
        }
      } catch (IOException e) {
        throw named("read at %#x".formatted(position), e);
      }
    }

    @Override
    public void write(long position, ScatterList from) throws IOException {
      try {
        beforeChange();
        while (from.remaining() > 0) {
          long count = Posix.pwritev(fd, from.address(), from.vectors(), position);
          position += passed(from, count);
        }
      } catch (IOException e) {
        throw named("written at %#x".formatted(position), e);
      }
    }

    private static long passed(ScatterList list, long count) throws IOException {
      if (count >= 0) {
        list.passed(count);
        return count;
      }
      int errno = Posix.errno();
      if (errno != Posix.EINTR) {
        throw new IOException(Posix.strerror(errno));
      }
      return 0;
    }
  }

  @Override
  public void zero(long position, long length) throws IOException {
    if (length == 0) {
      return;
    }
    beforeChange();
    if (punch(position, length)) {
      if (size() < position + length) {
        resize(position + length);
      }
      return;
    }
    if (zeroes == null) {
      zeroes = IoBuffer.allocate(ZEROES);
    }
    for (long end = position + length; position < end; position += zeroes.limit()) {
      zeroes.clear().limit((int) Math.min(ZEROES, end - position));
      write(position, zeroes);
    }
  }

  @Override
  public void discard(long position, long length) {
    // A file system without holes keeps the content, which is allowed.
    punch(position, length);
  }

  private boolean punch(long position, long length) {
    int mode = Posix.FALLOC_FL_PUNCH_HOLE | Posix.FALLOC_FL_KEEP_SIZE;
    return fd != NONE && length > 0 && Posix.fallocate(fd, mode, position, length) == 0;
  }

  @Override
  public void allocate(long position, long length) throws IOException {
    beforeChange();
    if (fd != NONE && length > 0 && Posix.fallocate(fd, 0, position, length) != 0) {
      int errno = Posix.errno();
      if (errno == Posix.ENOSPC || errno == Posix.EDQUOT) {
        throw new NoSpaceException(
            "%s: no room for %#x bytes at %#x".formatted(path, length, position));
      }
    }
    if (size() < position + length) {
      resize(position + length);
    }
  }

  @Override
  public void resize(long size) throws IOException {
    try {
      beforeChange();
      if (size <= size()) {
        channel.truncate(size);
      } else if (fd == NONE) {
        write(size - 1, ByteBuffer.allocate(1));
      } else if (Posix.ftruncate(fd, size) != 0) {
        throw new IOException(Posix.strerror(Posix.errno()));
      }
    } catch (IOException e) {
      throw named("resized to %#x".formatted(size), e);
    }
  }

  @Override
  public void sync() throws IOException {
    if (syncs) {
      try {
        channel.force(false);
      } catch (IOException e) {
        throw named("synced", e);
      }
    }
  }

  @Override
  public long nextData(long position) throws IOException {
    return seek(position, Posix.SEEK_DATA, position);
  }

  @Override
  public long nextHole(long position) throws IOException {
    return seek(position, Posix.SEEK_HOLE, size());
  }

  /** The end is a hole (ENXIO: no data behind this position, or it lies past the end). */
  private long seek(long position, int whence, long otherwise) throws IOException {
    long size = size();
    if (position >= size) {
      return size;
    }
    if (fd == NONE) {
      return otherwise;
    }
    long found = Posix.lseek(fd, position, whence);
    if (found >= 0) {
      return Math.min(found, size);
    }
    final int enxio = 6;
    return Posix.errno() == enxio ? size : otherwise;
  }

  @Override
  public long storage() throws IOException {
    byte[] statx = new byte[Posix.STATX_BYTES];
    if (fd == NONE || Posix.statx(fd, "", Posix.AT_EMPTY_PATH, Posix.STATX_BLOCKS, statx) != 0) {
      return size();
    }
    ByteBuffer fields = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    return fields.getLong(Posix.STATX_BLOCKS_AT) * 512;
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
      if (direct != null) {
        direct.close();
      }
    } finally {
      closeDescriptor();
    }
  }

  private void closeDescriptor() {
    if (fd != NONE) {
      FileLock.release(fd);
      Posix.close(fd);
    }
  }

  private IOException named(String action, IOException e) {
    String reason = String.valueOf(e.getMessage());
    if (e instanceof NoSpaceException || reason.startsWith(path.toString())) {
      return e;
    }
    String message = "%s: cannot be %s: %s".formatted(path, action, reason);
    return isNoSpace(reason) ? new NoSpaceException(message) : new IOException(message, e);
  }

  /** The JDK passes on the C library's text, in the user's language. */
  private static boolean isNoSpace(String reason) {
    return reason.contains("No space left")
        || Posix.AVAILABLE
            && (reason.equals(Posix.strerror(Posix.ENOSPC))
                || reason.equals(Posix.strerror(Posix.EDQUOT)));
  }
}
