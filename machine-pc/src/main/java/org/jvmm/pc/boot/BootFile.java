package org.jvmm.pc.boot;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** An open kernel or initrd, and its first bytes, where all the magic numbers are. */
public final class BootFile implements ImageReader, AutoCloseable {
  /** As much of a file as headers are looked for in. */
  static final int HEAD = 64 << 10;

  private final String name;
  private final Path path;
  private final RandomAccessFile file;
  private final long size;
  private final ByteBuffer head;

  private BootFile(String name, Path path, RandomAccessFile file) throws IOException {
    this.name = name;
    this.path = path;
    this.file = file;
    this.size = file.length();
    byte[] first = new byte[(int) Math.min(size, HEAD)];
    file.readFully(first);
    this.head = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Opens a file that the user has named.
   *
   * @param role what it is to the user: "kernel", "initrd"
   * @throws BootException if it is missing, unreadable or not a regular file: one that is not could
   *     block or never end
   */
  static BootFile open(String role, Path path) {
    String name = role + " " + path;
    if (!Files.exists(path)) {
      throw new BootException(name + ": no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new BootException(name + ": not a regular file");
    }
    RandomAccessFile file = null;
    try {
      file = new RandomAccessFile(path.toFile(), "r");
      return new BootFile(name, path, file);
    } catch (IOException e) {
      BootException fault = new BootException(name + ": cannot be read: " + e.getMessage(), e);
      try {
        if (file != null) {
          file.close();
        }
      } catch (IOException second) {
        fault.addSuppressed(second);
      }
      throw fault;
    }
  }

  Path path() {
    return path;
  }

  /** Bytes in the file. */
  public long size() {
    return size;
  }

  /** The first 64 KiB, or the whole file if it is smaller; little-endian. */
  public ByteBuffer head() {
    return head.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An error in this file, formatted as by {@link String#format}. */
  public BootException fault(String format, Object... arguments) {
    return new BootException(name + ": " + format.formatted(arguments));
  }

  /** An error that reading or unpacking the file has met. */
  BootException fault(IOException cause) {
    return new BootException(name + ": " + cause.getMessage(), cause);
  }

  /** Reads a range that the caller has checked against {@link #size}. */
  byte[] bytes(long offset, int length) {
    byte[] range = new byte[length];
    try {
      file.seek(offset);
      file.readFully(range);
      return range;
    } catch (IOException e) {
      throw fault(e);
    }
  }

  /** A range as a stream; it moves the file's position, so one at a time. */
  InputStream section(long offset, long length) throws IOException {
    file.seek(offset);
    return new Section(length);
  }

  private final class Section extends InputStream {
    private long left;

    Section(long length) {
      left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0 || length == 0) {
        return length == 0 ? 0 : -1;
      }
      int count = file.read(target, offset, (int) Math.min(left, length));
      left -= Math.max(0, count);
      return count;
    }
  }

  @Override
  public boolean randomAccess() {
    return true;
  }

  @Override
  public void seek(long offset) throws IOException {
    file.seek(offset);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return file.read(target, offset, length);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw fault(e);
    }
  }
}
