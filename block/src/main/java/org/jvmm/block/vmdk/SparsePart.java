package org.jvmm.block.vmdk;

import java.io.IOException;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.table.BlockMap;

/** A hosted sparse extent whose grains are stored plainly. */
final class SparsePart extends BlockMap implements Part {
  private final ImageFile file;
  private final SparseHeader header;
  private final GrainTables tables;
  private boolean changed;

  SparsePart(ImageFile file, SparseHeader header, BlockImage backing, long backingStart)
      throws IOException {
    super(file, header.capacity() * 512, header.grainBytes(), backing, backingStart);
    this.file = file;
    this.header = header;
    this.tables = new GrainTables(file, header);
  }

  @Override
  protected long locate(long grain) throws IOException {
    return tables.locate(grain, 1);
  }

  @Override
  protected long absentBlocks(long grain) throws IOException {
    return tables.absentGrains(grain);
  }

  @Override
  protected long allocate(long grain) throws IOException {
    long at = (file.size() + blockSize() - 1) / blockSize() * blockSize();
    GrainTables.sectorOf(at); // refused before anything is written
    file.resize(at + blockSize());
    return at;
  }

  @Override
  protected void link(long grain, long at) throws IOException {
    tables.put(grain, Integer.toUnsignedLong(GrainTables.sectorOf(at)));
    changed = true;
  }

  @Override
  protected boolean unlink(long grain) throws IOException {
    if (header.zeroedGrains()) {
      tables.put(grain, GrainTables.ZEROED);
      changed = true;
    }
    return header.zeroedGrains();
  }

  @Override
  public int clusterSize() {
    return blockSize();
  }

  @Override
  public String fileName() {
    return file.path().toString();
  }

  @Override
  public void flush() throws IOException {
    if (changed) {
      file.sync();
      tables.writeBack();
      changed = false;
    }
    if (!file.readOnly()) {
      file.sync();
    }
  }

  @Override
  public void check(List<String> messages) throws IOException {
    checkGrains(size(), blockSize(), this::locate, messages);
  }

  /** Where a grain is; throws if its entry is broken. */
  interface Locator {
    long locate(long grain) throws IOException;
  }

  static void checkGrains(long size, int grainBytes, Locator grains, List<String> messages)
      throws IOException {
    final int mostMessages = 100;
    long count = (size + grainBytes - 1) / grainBytes;
    for (long grain = 0; grain < count && messages.size() < mostMessages; grain++) {
      try {
        grains.locate(grain);
      } catch (ImageException e) {
        messages.add(e.getMessage());
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
