package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteOrder;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.table.BlockMap;
import org.jvmm.block.table.TableCache;

/**
 * The two levels of tables of a sparse extent: a grain directory of sector numbers of grain tables,
 * each of which holds sector numbers of grains. Both exist twice when the header says so.
 */
final class GrainTables {
  private static final int ABSENT = 0;
  static final int ZEROED = 1;

  private static final long MOST_SECTOR = 0xffff_ffffL;

  private final ImageFile file;
  private final SparseHeader header;
  private final TableCache table;

  GrainTables(ImageFile file, SparseHeader header) throws IOException {
    this.file = file;
    this.header = header;
    this.table = new TableCache(file, ByteOrder.LITTLE_ENDIAN);
    directory("gdOffset", header.gdOffset());
    if (header.redundant()) {
      directory("rgdOffset", header.rgdOffset());
    }
  }

  private void directory(String name, long sector) throws IOException {
    long end = sector * 512 + 4 * header.directoryEntries();
    if (sector <= 0 || end > file.size()) {
      throw new ImageException(
          "vmdk: %s is %#x: the grain directory does not lie within the file's %#x bytes"
              .formatted(name, sector, file.size()));
    }
  }

  /**
   * The byte in the file where a grain stands, or {@link BlockMap#ABSENT} or {@link BlockMap#ZERO}.
   *
   * @param room bytes that must be there
   */
  long locate(long grain, int room) throws IOException {
    long at = entryAt(header.gdOffset(), grain);
    long sector = at < 0 ? ABSENT : Integer.toUnsignedLong(table.get(at));
    if (sector == ABSENT) {
      return BlockMap.ABSENT;
    }
    if (sector == ZEROED && header.zeroedGrains()) {
      return BlockMap.ZERO;
    }
    if (sector * 512 + room > file.size()) {
      throw new ImageException(
          "vmdk: entry of grain %#x is %#x, past the file's end %#x"
              .formatted(grain, sector, file.size()));
    }
    return sector * 512;
  }

  /** How many grains from an absent one on have no table, or 1. */
  long absentGrains(long grain) throws IOException {
    boolean noTable = entryAt(header.gdOffset(), grain) < 0;
    return noTable ? header.gtesPerGt() - grain % header.gtesPerGt() : 1;
  }

  /** Changes the entry of a grain in all copies; its table is made if there is none. */
  void put(long grain, long sector) throws IOException {
    put(header.gdOffset(), grain, sector);
    if (header.redundant()) {
      put(header.rgdOffset(), grain, sector);
    }
  }

  private void put(long directory, long grain, long sector) throws IOException {
    long at = entryAt(directory, grain);
    if (at < 0) {
      long newTable = (file.size() + 511) & -512;
      file.resize(newTable + 4L * header.gtesPerGt());
      table.put(directory * 512 + 4 * (grain / header.gtesPerGt()), sectorOf(newTable));
      at = entryAt(directory, grain);
    }
    table.put(at, (int) sector);
  }

  /** A byte in the file as an entry. */
  static int sectorOf(long at) throws ImageException {
    if (at / 512 > MOST_SECTOR) {
      throw new ImageException("vmdk: sector %#x: the file is full".formatted(at / 512));
    }
    return (int) (at / 512);
  }

  private long entryAt(long directory, long grain) throws IOException {
    long index = grain / header.gtesPerGt();
    long sector = Integer.toUnsignedLong(table.get(directory * 512 + 4 * index));
    if (sector == 0) {
      return -1;
    }
    if (sector * 512 + 4L * header.gtesPerGt() > file.size()) {
      throw new ImageException(
          "vmdk: entry %#x of the grain directory is %#x, past the file's end %#x"
              .formatted(index, sector, file.size()));
    }
    return sector * 512 + 4 * (grain % header.gtesPerGt());
  }

  /** Hands changes to the file. */
  void writeBack() throws IOException {
    table.writeBack();
  }
}
