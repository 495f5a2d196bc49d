package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.table.BlockMap;

/**
 * A stream-optimized extent for reading: every grain compressed (RFC 1950), behind a marker. The
 * grain unpacked last is kept.
 */
final class StreamPart extends BlockMap implements Part {
  private static final int INPUT_SLACK = 4096;

  private final ImageFile file;
  private final GrainTables tables;
  private final Inflater inflater = new Inflater();
  private final ByteBuffer unpacked;
  private final ByteBuffer packed;
  private long unpackedAt = -1;

  StreamPart(ImageFile file, SparseHeader header, BlockImage backing) throws IOException {
    super(file, header.capacity() * 512, header.grainBytes(), backing, 0);
    this.file = file;
    this.tables = new GrainTables(file, header);
    this.unpacked = ByteBuffer.allocate(header.grainBytes());
    this.packed =
        ByteBuffer.allocate(header.grainBytes() + header.grainBytes() / 8 + INPUT_SLACK)
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  protected long locate(long grain) throws IOException {
    return tables.locate(grain, Marker.GRAIN_BYTES);
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    int end = into.limit();
    while (into.position() < end) {
      int within = (int) (offset % blockSize());
      int part = Math.min(blockSize() - within, end - into.position());
      into.limit(into.position() + part);
      long at = locate(offset / blockSize());
      if (at < 0) {
        super.read(offset, into);
      } else {
        unpack(offset / blockSize(), at);
        into.put(unpacked.duplicate().limit(within + part).position(within));
      }
      into.limit(end);
      offset += part;
    }
  }

  private void unpack(long grain, long at) throws IOException {
    if (unpackedAt == at) {
      return;
    }
    unpackedAt = -1;
    file.read(at, packed.clear().limit(Marker.GRAIN_BYTES));
    int size = packed.getInt(8);
    if (size <= 0 || size > packed.capacity() || at + Marker.GRAIN_BYTES + size > file.size()) {
      throw new ImageException("vmdk: marker of grain %#x has size %#x".formatted(grain, size));
    }
    file.read(at + Marker.GRAIN_BYTES, packed.clear().limit(size));
    inflater.reset();
    inflater.setInput(packed.flip());
    try {
      int count = inflater.inflate(unpacked.clear());
      boolean lastGrain = (grain + 1) * blockSize() >= size();
      if (count < blockSize() && !lastGrain) {
        throw new ImageException("vmdk: grain %#x unpacks to %#x bytes".formatted(grain, count));
      }
    } catch (DataFormatException e) {
      throw new ImageException("vmdk: grain %#x: %s".formatted(grain, e.getMessage()));
    }
    unpackedAt = at;
  }

  @Override
  public Extent extent(long offset) throws IOException {
    Extent plain = super.extent(offset);
    return new Extent(plain.length(), plain.allocated(), plain.zero(), -1, plain.depth());
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    throw writtenOnce();
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    throw writtenOnce();
  }

  static ImageException writtenOnce() {
    return new ImageException(
        "vmdk: createType streamOptimized: such an image is written once, in whole grains");
  }

  @Override
  protected long absentBlocks(long grain) throws IOException {
    return tables.absentGrains(grain);
  }

  @Override
  protected long allocate(long grain) throws IOException {
    throw writtenOnce();
  }

  @Override
  protected void link(long grain, long at) throws IOException {
    throw writtenOnce();
  }

  @Override
  public int clusterSize() {
    return blockSize();
  }

  @Override
  public boolean compressed() {
    return true;
  }

  @Override
  public String fileName() {
    return file.path().toString();
  }

  @Override
  public void flush() {}

  @Override
  public void check(List<String> messages) throws IOException {
    SparsePart.checkGrains(size(), blockSize(), this::locate, messages);
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    file.close();
  }
}
