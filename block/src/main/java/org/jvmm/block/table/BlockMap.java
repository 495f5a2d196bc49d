package org.jvmm.block.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Zeroes;

/**
 * A disk, or a part of one, cut into blocks of one size, of which a table says where in a file each
 * stands. New blocks go to the file's end: first their bytes, then their entry, so that a stop in
 * between loses the block and nothing else.
 */
public abstract class BlockMap {
  /** The block is in no place: its content comes from the backing disk, or is zeroes. */
  public static final long ABSENT = -1;

  /** The block reads as zeroes, whatever is behind it. */
  public static final long ZERO = -2;

  private final ImageFile file;
  private final long size;
  private final int blockSize;
  private final BlockImage backing;
  private final long backingStart;

  /**
   * Over a file, without a backing disk.
   *
   * @param size bytes of the disk
   * @param blockSize bytes of a block
   */
  protected BlockMap(ImageFile file, long size, int blockSize) {
    this(file, size, blockSize, null, 0);
  }

  /**
   * Over a file.
   *
   * @param size bytes of the disk
   * @param blockSize bytes of a block
   * @param backing where absent blocks come from, or null
   * @param backingStart byte of the backing disk that is this one's first
   */
  protected BlockMap(
      ImageFile file, long size, int blockSize, BlockImage backing, long backingStart) {
    this.file = file;
    this.size = size;
    this.blockSize = blockSize;
    this.backing = backing;
    this.backingStart = backingStart;
  }

  /** The byte in the file where a block stands, or {@link #ABSENT} or {@link #ZERO}. */
  protected abstract long locate(long block) throws IOException;

  /**
   * Makes room for a block at the file's end; the room reads as zeroes.
   *
   * @return the byte in the file
   */
  protected abstract long allocate(long block) throws IOException;

  /** Enters a block, whose bytes are written, in the table. */
  protected abstract void link(long block, long at) throws IOException;

  /**
   * Makes a block read as zeroes by its table entry alone.
   *
   * @return whether the format can do that
   */
  protected boolean unlink(long block) throws IOException {
    return false;
  }

  /** How many blocks from an absent one on are known to be absent together; at least 1. */
  protected long absentBlocks(long block) throws IOException {
    return 1;
  }

  /** Bytes of the disk. */
  public final long size() {
    return size;
  }

  /** Bytes of a block. */
  public final int blockSize() {
    return blockSize;
  }

  /** As {@link BlockImage#read}. */
  public void read(long offset, ByteBuffer into) throws IOException {
    int end = into.limit();
    while (into.position() < end) {
      long at = locate(offset / blockSize);
      int run = (int) run(offset, at, end - into.position());
      into.limit(into.position() + run);
      if (at >= 0) {
        file.read(at + offset % blockSize, into);
      } else {
        readAbsent(offset, into, at == ABSENT);
      }
      into.limit(end);
      offset += run;
    }
  }

  /** As {@link BlockImage#write}. */
  public void write(long offset, ByteBuffer from) throws IOException {
    int end = from.limit();
    while (from.position() < end) {
      long at = locate(offset / blockSize);
      int run =
          at >= 0
              ? (int) run(offset, at, end - from.position())
              : (int) Math.min(blockSize - offset % blockSize, end - from.position());
      from.limit(from.position() + run);
      if (at >= 0) {
        file.write(at + offset % blockSize, from);
      } else {
        writeNew(offset, from, at == ABSENT && backing != null);
      }
      from.limit(end);
      offset += run;
    }
  }

  /** As {@link BlockImage#writeZeroes}. */
  public void writeZeroes(long offset, long length) throws IOException {
    while (length > 0) {
      int run = (int) Math.min(blockSize - offset % blockSize, length);
      long block = offset / blockSize;
      long at = locate(block);
      boolean zero = at == ZERO || at == ABSENT && backing == null;
      boolean whole = run == blockSize || offset + run == size && offset % blockSize == 0;
      if (!zero && !(whole && unlink(block))) {
        storeZeroes(offset, run);
      }
      offset += run;
      length -= run;
    }
  }

  /** As {@link BlockImage#extent}; an absent block without a backing disk is not allocated. */
  public Extent extent(long offset) throws IOException {
    long at = locate(offset / blockSize);
    long run = run(offset, at, size - offset);
    if (at >= 0) {
      return new Extent(run, true, false, at + offset % blockSize, 0);
    }
    if (at == ZERO) {
      return new Extent(run, true, true, -1, 0);
    }
    if (behind(offset) <= 0) {
      return new Extent(run, false, true, -1, 0);
    }
    Extent behind = backing.extent(backingStart + offset);
    return new Extent(
        Math.min(run, behind.length()),
        false,
        behind.zero(),
        behind.fileOffset(),
        behind.depth() + 1);
  }

  /** Bytes from an offset on, at most so many, that are stored like its block and adjoin it. */
  private long run(long offset, long at, long most) throws IOException {
    long next = offset / blockSize;
    long expected = at;
    do {
      long alike = expected == ABSENT ? absentBlocks(next) : 1;
      next += alike;
      expected = expected < 0 ? expected : expected + blockSize;
    } while (next * blockSize - offset < most && locate(next) == expected);
    return Math.min(next * blockSize - offset, most);
  }

  /** Bytes of the backing disk from an offset on; 0 or less when there are none. */
  private long behind(long offset) {
    return backing == null ? 0 : backing.size() - backingStart - offset;
  }

  private void readAbsent(long offset, ByteBuffer into, boolean fromBacking) throws IOException {
    int end = into.limit();
    long behind = fromBacking ? behind(offset) : 0;
    if (behind > 0) {
      into.limit((int) Math.min(end, into.position() + behind));
      backing.read(backingStart + offset, into);
      into.limit(end);
    }
    Zeroes.fill(into);
  }

  /** Writes within one block that has no place yet. */
  private void writeNew(long offset, ByteBuffer from, boolean overBacking) throws IOException {
    long block = offset / blockSize;
    int within = (int) (offset % blockSize);
    ByteBuffer bytes = from;
    if (overBacking && from.remaining() < blockSize) {
      bytes = ByteBuffer.allocate(blockSize);
      long start = block * blockSize;
      readAbsent(start, bytes.limit((int) Math.min(blockSize, size - start)), true);
      bytes.put(within, from, from.position(), from.remaining()).position(0);
      from.position(from.limit());
      within = 0;
    }
    long at = allocate(block);
    file.write(at + within, bytes);
    link(block, at);
  }

  private void storeZeroes(long offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      ByteBuffer zeroes = Zeroes.upTo(length - done);
      int step = zeroes.remaining();
      write(offset + done, zeroes);
      done += step;
    }
  }
}
