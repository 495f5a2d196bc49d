package org.jvmm.pc.boot;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Unpacked kernels in files, each named by the SHA-256 of the bzImage it came from, so that only
 * the first boot of a kernel pays for unpacking it.
 *
 * <p>A file is the vmlinux followed by its CRC-32C and a magic number. It is written aside and
 * renamed, so any number of processes may share the directory. A cache that cannot be read or
 * written is as good as none and never an error.
 */
public final class VmlinuxCache {
  /** Keeps nothing. */
  public static final VmlinuxCache NONE = new VmlinuxCache(null);

  /** The oldest files go when all of them together exceed this. */
  static final long CAPACITY = 512L << 20;

  private static final String SUFFIX = ".vmlinux";
  private static final int TRAILER = 8;
  private static final int MAGIC = 0x4D4D564A; // "JVMM"

  private final Path directory;
  private final long capacity;
  private final KernelHashes hashes;

  /** A cache in a directory, which is made when it is needed; null for none. */
  public VmlinuxCache(Path directory) {
    this(directory, CAPACITY);
  }

  VmlinuxCache(Path directory, long capacity) {
    this.directory = directory;
    this.capacity = capacity;
    this.hashes = new KernelHashes(directory == null ? null : besides(directory));
  }

  private static Path besides(Path directory) {
    return directory.resolveSibling(directory.getFileName() + ".index");
  }

  /** The user's cache, by the XDG Base Directory Specification; none without a home directory. */
  public static VmlinuxCache ofUser() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home", "");
    if (xdg != null && xdg.startsWith("/")) {
      return new VmlinuxCache(Path.of(xdg, "jvmm", "vmlinux"));
    }
    return home.startsWith("/")
        ? new VmlinuxCache(Path.of(home, ".cache", "jvmm", "vmlinux"))
        : NONE;
  }

  /** What a kernel is kept under: the SHA-256 of its first bytes, as many as belong to it. */
  String key(BootFile kernel, long bytes) throws IOException {
    return hashes.of(kernel, bytes);
  }

  private Path path(String key) {
    return directory.resolve(key + SUFFIX);
  }

  /**
   * Opens what is kept under a key. The stream fails at its end if the file is damaged; {@link
   * #forget} it then.
   *
   * @return the vmlinux, or null if there is none
   */
  InputStream find(String key) {
    if (directory == null || !Files.isRegularFile(path(key))) {
      return null;
    }
    try {
      FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ);
      Kept kept = Kept.open(file);
      if (kept == null) {
        file.close();
        forget(key);
      } else {
        touch(path(key));
      }
      return kept;
    } catch (IOException e) {
      return null;
    }
  }

  private static void touch(Path path) {
    try {
      Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
    } catch (IOException e) {
      return; // a read-only cache serves all the same; the time only orders evictions
    }
  }

  /** Removes what is kept under a key. */
  void forget(String key) {
    try {
      Files.deleteIfExists(path(key));
    } catch (IOException e) {
      return; // it will be found damaged again
    }
  }

  private static final class Kept extends InputStream {
    private final FileChannel file;
    private final CRC32C sum = new CRC32C();
    private final int expected;
    private long left;

    private Kept(FileChannel file, long size, int expected) {
      this.file = file;
      this.left = size;
      this.expected = expected;
    }

    /** Reads the trailer; null if it is none, or cannot be read. */
    static Kept open(FileChannel file) {
      try {
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
        long size = file.size() - TRAILER;
        boolean good =
            size >= 0
                && file.read(trailer, size) == TRAILER
                && trailer.getInt(Integer.BYTES) == MAGIC;
        return good ? new Kept(file, size, trailer.getInt(0)) : null;
      } catch (IOException e) {
        return null;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int wanted = (int) Math.min(left, length);
      int count = wanted == 0 ? 0 : file.read(ByteBuffer.wrap(target, offset, wanted));
      if (count < 0 || left == 0 && (int) sum.getValue() != expected) {
        throw new IOException("cached vmlinux is damaged");
      }
      sum.update(target, offset, count);
      left -= count;
      return count == 0 && length > 0 ? -1 : count;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /**
   * Keeps what is read from a stream to its end. Closing it before {@link Recording#keep} forgets
   * it.
   */
  Recording record(String key, InputStream in) {
    FileChannel file = null;
    Path aside = null;
    if (directory != null) {
      try {
        Files.createDirectories(directory);
        aside = Files.createTempFile(directory, key, ".new");
        file = FileChannel.open(aside, StandardOpenOption.WRITE);
      } catch (IOException e) {
        file = null;
      }
    }
    return new Recording(key, in, aside, file);
  }

  /** Writes what it reads to a file, as long as that works. */
  final class Recording extends FilterInputStream {
    private final String key;
    private final Path aside;
    private final CRC32C sum = new CRC32C();
    private FileChannel file;

    private Recording(String key, InputStream in, Path aside, FileChannel file) {
      super(in);
      this.key = key;
      this.aside = aside;
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = in.read(target, offset, length);
      if (file != null && count > 0) {
        sum.update(target, offset, count);
        write(ByteBuffer.wrap(target, offset, count));
      }
      return count;
    }

    private void write(ByteBuffer bytes) {
      try {
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
      } catch (IOException e) {
        discard(); // the disk is full
      }
    }

    /** The stream was good: the file gets its name. */
    void keep() {
      if (file != null) {
        write(ByteBuffer.allocate(TRAILER).putInt((int) sum.getValue()).putInt(MAGIC).flip());
      }
      if (file != null) {
        try {
          file.close();
          file = null;
          Files.move(aside, path(key), StandardCopyOption.ATOMIC_MOVE);
          evict();
        } catch (IOException e) {
          deleteAside();
        }
      }
    }

    private void discard() {
      if (file != null) {
        try {
          file.close();
        } catch (IOException e) {
          deleteAside();
        }
        file = null;
        deleteAside();
      }
    }

    private void deleteAside() {
      try {
        Files.deleteIfExists(aside);
      } catch (IOException e) {
        return; // evict() removes it some day
      }
    }

    @Override
    public void close() throws IOException {
      discard();
      super.close();
    }
  }

  private record Entry(Path path, long size, FileTime time) {}

  private void evict() throws IOException {
    List<Entry> entries = entries();
    long total = 0;
    for (Entry entry : entries) {
      total += entry.size;
    }
    entries.sort(Comparator.comparing(Entry::time));
    for (Entry entry : entries) {
      if (total <= capacity) {
        break;
      }
      Files.deleteIfExists(entry.path);
      total -= entry.size;
    }
  }

  private List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path path : all) {
        entries.add(new Entry(path, Files.size(path), Files.getLastModifiedTime(path)));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return entries;
  }
}
