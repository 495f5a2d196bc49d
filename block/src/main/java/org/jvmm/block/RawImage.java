package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jvmm.core.backend.IoBuffer;
import org.jvmm.core.mem.ScatterList;

/** A disk that is a file's bytes. A length that is no multiple of 512 is padded with zeroes. */
final class RawImage extends FlatImage implements Resizable {
  private static final int SECTOR = 512;
  private static final int STEP = 1 << 20;

  private final OpenOptions options;
  private final boolean guessed;
  private long size;

  RawImage(ImageFile file, OpenOptions options, boolean guessed) throws IOException {
    super(file);
    this.options = options;
    this.guessed = guessed;
    this.size = padded(file.size());
  }

  /**
   * An image that is raw for want of a magic. The guest decides what stands in its first bytes; if
   * it wrote another format's magic there, the next opening would follow its header to any file of
   * the host. So such writes are refused.
   */
  static RawImage guessed(ImageFile file, OpenOptions options) throws IOException {
    return new RawImage(file, options, true);
  }

  private static long padded(long length) {
    return (length + SECTOR - 1) & -SECTOR;
  }

  boolean isGuessed() {
    return guessed;
  }

  Path path() {
    return file.path();
  }

  @Override
  public String format() {
    return RawFormat.NAME;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    if (guessed && offset < ImageFormat.PROBE_BYTES) {
      refuseMagic(offset, from);
    }
    super.write(offset, from);
  }

  @Override
  public Optional<ScatterIo> scatter() {
    return super.scatter().map(fast -> guessed ? new Guarded(fast) : fast);
  }

  /** Transfers that pass a buffer where a write may have to be refused. */
  private final class Guarded implements ScatterIo {
    private final ScatterIo fast;

    Guarded(ScatterIo fast) {
      this.fast = fast;
    }

    @Override
    public void read(long offset, ScatterList into) throws IOException {
      fast.read(offset, into);
    }

    @Override
    public void write(long offset, ScatterList from) throws IOException {
      if (offset >= ImageFormat.PROBE_BYTES) {
        fast.write(offset, from);
        return;
      }
      ByteBuffer copy = IoBuffer.allocate(Math.toIntExact(from.remaining()));
      from.get(copy);
      RawImage.this.write(offset, copy.flip());
    }
  }

  /** The bytes by which formats are told apart. */
  ByteBuffer head() throws IOException {
    ByteBuffer head = ByteBuffer.allocate((int) Math.min(size, ImageFormat.PROBE_BYTES));
    file.read(0, head);
    return head.flip();
  }

  private void refuseMagic(long offset, ByteBuffer from) throws IOException {
    ByteBuffer head = head();
    int count = Math.min(from.remaining(), head.capacity() - (int) offset);
    head.put((int) offset, from, from.position(), count);
    Optional<ImageFormat> other = Images.probe(head, file.path());
    if (other.isPresent()) {
      throw new ImageException(
          "%s: a write at %#x would make this image look like %s; its format was guessed as raw"
              .formatted(file.path(), offset, other.get().name()));
    }
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    if (options.discard()) {
      super.discard(offset, length);
    }
  }

  @Override
  public Extent extent(long offset) throws IOException {
    long data = Math.min(file.nextData(offset), size);
    if (data > offset) {
      // The padding of the last sector is a hole too.
      long end = data >= file.size() ? size : data;
      return new Extent(end - offset, false, true, offset, 0);
    }
    long hole = Math.min(file.nextHole(offset), size);
    if (hole <= offset) {
      return new Extent(size - offset, false, true, offset, 0);
    }
    return new Extent(hole - offset, true, false, offset, 0);
  }

  @Override
  public void resize(long newSize, String preallocation) throws IOException {
    if (newSize < size) {
      file.resize(newSize);
    } else {
      grow(file, size, newSize, preallocation);
    }
    size = padded(newSize);
  }

  /** Extends a file, its new bytes stored as the preallocation says. */
  static void grow(ImageFile file, long from, long to, String preallocation) throws IOException {
    switch (preallocation) {
      case "off" -> file.resize(to);
      case "falloc" -> {
        file.resize(to);
        file.allocate(from, to - from);
      }
      case "full" -> {
        ByteBuffer zeroes = IoBuffer.allocate(STEP);
        for (long at = from; at < to; at += zeroes.limit()) {
          file.write(at, zeroes.clear().limit((int) Math.min(STEP, to - at)));
        }
      }
      default ->
          throw new ImageException("raw: preallocation=%s is unknown".formatted(preallocation));
    }
  }
}
