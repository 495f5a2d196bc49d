package org.jvmm.block.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.FileImage;
import org.jvmm.block.ImageFile;

/**
 * An image that is one map of blocks in one file. A block's place, once given, stays: the formats
 * have no list of free ones.
 */
public abstract class MappedImage extends FileImage implements Described {
  private final BlockMap blocks;
  private final TableCache table;
  private boolean changed;

  /**
   * Over a file, which is closed with the image.
   *
   * @param size bytes of the disk
   * @param blockSize bytes of a block
   * @param order of the table's entries
   */
  protected MappedImage(ImageFile file, long size, int blockSize, ByteOrder order) {
    super(file);
    this.blocks = new Blocks(size, blockSize);
    this.table = new TableCache(file, order);
  }

  private final class Blocks extends BlockMap {
    Blocks(long size, int blockSize) {
      super(file, size, blockSize);
    }

    @Override
    protected long locate(long block) throws IOException {
      return MappedImage.this.locate(block);
    }

    @Override
    protected long allocate(long block) throws IOException {
      return MappedImage.this.allocate(block);
    }

    @Override
    protected void link(long block, long at) throws IOException {
      MappedImage.this.link(block, at);
    }
  }

  /** As {@link BlockMap#locate}. */
  protected abstract long locate(long block) throws IOException;

  /** As {@link BlockMap#allocate}. */
  protected abstract long allocate(long block) throws IOException;

  /** As {@link BlockMap#link}. */
  protected abstract void link(long block, long at) throws IOException;

  /** As {@link TableCache#get}. */
  protected final int entry(long at) throws IOException {
    return table.get(at);
  }

  /** As {@link TableCache#put}; the next flush makes it durable. */
  protected final void setEntry(long at, int value) throws IOException {
    table.put(at, value);
    changed = true;
  }

  /** Changes what must be in the file before the changed entries are; here nothing. */
  protected void beforeEntries() throws IOException {}

  @Override
  public final long size() {
    return blocks.size();
  }

  @Override
  public final int clusterSize() {
    return blocks.blockSize();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    blocks.read(offset, into);
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    blocks.write(offset, from);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    blocks.writeZeroes(offset, length);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    // The place stays.
  }

  @Override
  public Extent extent(long offset) throws IOException {
    return blocks.extent(offset);
  }

  @Override
  public void flush() throws IOException {
    if (readOnly()) {
      return;
    }
    if (changed) {
      file.sync();
      beforeEntries();
      table.writeBack();
      changed = false;
    }
    file.sync();
  }
}
