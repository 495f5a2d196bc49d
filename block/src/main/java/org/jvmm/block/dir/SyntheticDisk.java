package org.jvmm.block.dir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.Zeroes;

/** A read-only disk that is put together of pieces; between them it is zero. */
final class SyntheticDisk implements BlockImage {
  private static final int MOST_OPEN = 32;

  /** Bytes that can be read from any place. */
  interface Content {
    /** Fills the buffer from an offset in the piece. */
    void read(long offset, ByteBuffer into) throws IOException;
  }

  private record Piece(long start, long length, Content content) {}

  // Configuration
  private final String format;
  private final long size;
  private final TreeMap<Long, Piece> pieces = new TreeMap<>();

  // Volatile state: files that were read last
  private final LinkedHashMap<Path, FileChannel> open = new LinkedHashMap<>(16, 0.75f, true);

  SyntheticDisk(String format, long size) {
    this.format = format;
    this.size = size;
  }

  /** Places a piece; pieces do not overlap. */
  void place(long start, long length, Content content) {
    if (length > 0) {
      pieces.put(start, new Piece(start, length, content));
    }
  }

  /** Places bytes. */
  void place(long start, ByteBuffer bytes) {
    place(
        start,
        bytes.remaining(),
        (offset, into) -> into.put(bytes.slice(bytes.position() + (int) offset, into.remaining())));
  }

  /** Places a file's first bytes; if the file becomes shorter, zeroes come in their place. */
  void place(long start, Path file, long length) {
    place(start, length, (offset, into) -> readFile(file, offset, into));
  }

  private void readFile(Path file, long offset, ByteBuffer into) throws IOException {
    FileChannel channel = open.get(file);
    if (channel == null) {
      if (open.size() >= MOST_OPEN) {
        var oldest = open.entrySet().iterator();
        oldest.next().getValue().close();
        oldest.remove();
      }
      channel = FileChannel.open(file);
      open.put(file, channel);
    }
    int count = 0;
    while (into.hasRemaining() && count >= 0) {
      count = channel.read(into, offset);
      offset += Math.max(count, 0);
    }
    Zeroes.fill(into);
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    int end = into.limit();
    while (into.position() < end) {
      Extent here = extent(offset);
      int length = (int) Math.min(here.length(), end - into.position());
      into.limit(into.position() + length);
      if (here.zero()) {
        Zeroes.fill(into);
      } else {
        Piece piece = pieces.floorEntry(offset).getValue();
        piece.content().read(offset - piece.start(), into);
      }
      into.limit(end);
      offset += length;
    }
  }

  @Override
  public Extent extent(long offset) {
    Map.Entry<Long, Piece> before = pieces.floorEntry(offset);
    if (before != null && offset < before.getKey() + before.getValue().length()) {
      long length = before.getKey() + before.getValue().length() - offset;
      return new Extent(length, true, false, -1, 0);
    }
    Long next = pieces.higherKey(offset);
    return new Extent((next == null ? size : next) - offset, true, true, -1, 0);
  }

  @Override
  public String format() {
    return format;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return true;
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    throw readOnlyDisk();
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    throw readOnlyDisk();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    throw readOnlyDisk();
  }

  private static ImageException readOnlyDisk() {
    return new ImageException("a directory is a read-only disk");
  }

  @Override
  public void flush() {}

  @Override
  public void close() throws IOException {
    for (FileChannel each : open.values()) {
      each.close();
    }
    open.clear();
  }
}
