package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageFile;

/**
 * A stream-optimized extent that is being written: grains in the order of writing, at the end the
 * tables, the directory, the footer and the end-of-stream marker. Until {@link #close} the file has
 * no footer, so that a torn one is recognized.
 */
final class StreamWriter implements Part {
  private final ImageFile file;
  private final SparseHeader header;
  private final int[][] tables;
  private long end;

  /** Over a file with a header, a descriptor and no grain. */
  StreamWriter(ImageFile file, SparseHeader header) throws IOException {
    this.file = file;
    this.header = header;
    this.tables = new int[Math.toIntExact(header.directoryEntries())][];
    this.end = header.overHead() * 512;
    file.resize(end);
  }

  /**
   * Appends a grain.
   *
   * @param compressed its bytes by RFC 1950
   */
  void append(long offset, ByteBuffer compressed) throws IOException {
    long grain = offset / header.grainBytes();
    if (offset % header.grainBytes() != 0 || entry(grain) != 0) {
      throw StreamPart.writtenOnce();
    }
    int size = compressed.remaining();
    int sectors = (Marker.GRAIN_BYTES + size + 511) / 512;
    ByteBuffer record = ByteBuffer.allocate(sectors * 512).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(offset / 512).putInt(size).put(compressed).clear();
    int sector = GrainTables.sectorOf(end);
    file.write(end, record);
    end += record.capacity();
    int table = (int) (grain / header.gtesPerGt());
    if (tables[table] == null) {
      tables[table] = new int[header.gtesPerGt()];
    }
    tables[table][(int) (grain % header.gtesPerGt())] = sector;
  }

  private int entry(long grain) {
    int[] table = tables[(int) (grain / header.gtesPerGt())];
    return table == null ? 0 : table[(int) (grain % header.gtesPerGt())];
  }

  /** Writes all that follows the grains. */
  void finish() throws IOException {
    ByteBuffer directory = sectors(4L * tables.length);
    for (int[] table : tables) {
      directory.putInt(table == null ? 0 : writeTable(table));
    }
    mark(directory.capacity() / 512, Marker.GRAIN_DIRECTORY);
    long directorySector = GrainTables.sectorOf(end);
    put(directory.clear());
    mark(1, Marker.FOOTER);
    put(header.withGdOffset(Integer.toUnsignedLong((int) directorySector)).encode());
    mark(0, Marker.END_OF_STREAM);
    file.sync();
  }

  private int writeTable(int[] entries) throws IOException {
    ByteBuffer table = sectors(4L * entries.length);
    for (int each : entries) {
      table.putInt(each);
    }
    mark(table.capacity() / 512, Marker.GRAIN_TABLE);
    int sector = GrainTables.sectorOf(end);
    put(table.clear());
    return sector;
  }

  private static ByteBuffer sectors(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact((bytes + 511) & -512))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private void mark(int sectors, int type) throws IOException {
    put(Marker.of(sectors, type));
  }

  private void put(ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    file.write(end, bytes);
    end += length;
  }

  @Override
  public long size() {
    return header.capacity() * 512;
  }

  @Override
  public int clusterSize() {
    return header.grainBytes();
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
  public void read(long offset, ByteBuffer into) throws IOException {
    throw StreamPart.writtenOnce();
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    throw StreamPart.writtenOnce();
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    long last = (offset + length - 1) / header.grainBytes();
    for (long grain = offset / header.grainBytes(); grain <= last; grain++) {
      if (entry(grain) != 0) {
        throw StreamPart.writtenOnce();
      }
    }
  }

  @Override
  public Extent extent(long offset) {
    int within = (int) (offset % header.grainBytes());
    long length = Math.min(header.grainBytes() - within, size() - offset);
    boolean there = entry(offset / header.grainBytes()) != 0;
    return new Extent(length, there, !there, -1, 0);
  }

  @Override
  public void flush() {
    // Nothing of a stream counts before its end is written.
  }

  @Override
  public void check(List<String> messages) {}

  @Override
  public void close() throws IOException {
    try (file) {
      finish();
    }
  }
}
