package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Snapshots.Info;

/** The directory of an image's snapshots. */
record SnapshotTable(Path path, List<Entry> entries) {
  private static final int FIXED_BYTES = 40;

  /**
   * The fields of extra data that are written: 64-bit size of the machine's state, disk size. The
   * instruction count behind them is read.
   */
  private static final int KNOWN_EXTRA = 16;

  private static final int MAX_EXTRA = 1024;
  private static final int MAX_BYTES = 64 << 20;

  /**
   * A snapshot.
   *
   * @param extra the extra data that is not known, kept as it is
   */
  record Entry(long l1Offset, int l1Size, Info info, byte[] extra) {
    /** Refuses an L1 table that cannot be one, or is too small for the disk. */
    void requireL1(Header header, long size) throws ImageException {
      Layout layout = header.layout;
      boolean sane =
          l1Size >= 0
              && l1Size <= Layout.MAX_L1_BYTES / 8
              && l1Offset >= 0
              && layout.aligned(l1Offset)
              && size >= 0
              && layout.l1Entries(size) <= l1Size;
      if (!sane) {
        throw new ImageException(
            "%s: snapshot %s: L1 table offset=%#x, entries=%#x: impossible for a disk of %#x bytes"
                .formatted(header.path, info.id(), l1Offset, l1Size, size));
      }
    }
  }

  static SnapshotTable read(ImageFile file, Header header) throws IOException {
    List<Entry> entries = new ArrayList<>();
    long at = header.snapshotsOffset;
    ByteBuffer fixed = ByteBuffer.allocate(FIXED_BYTES);
    for (int i = 0; i < header.snapshotCount; i++) {
      file.read(at, fixed.clear());
      int idLength = fixed.getShort(12) & 0xffff;
      int nameLength = fixed.getShort(14) & 0xffff;
      int extraLength = fixed.getInt(36);
      if (extraLength < 0 || extraLength > MAX_EXTRA) {
        throw new ImageException(
            "%s: snapshot %d: extra data size=%#x: more than 1024"
                .formatted(file.path(), i, extraLength));
      }
      ByteBuffer rest = ByteBuffer.allocate(extraLength + idLength + nameLength);
      file.read(at + FIXED_BYTES, rest);
      entries.add(parse(fixed, rest.flip(), extraLength, idLength, header));
      at += FIXED_BYTES + rest.capacity() + 7 & -8;
      if (at - header.snapshotsOffset > MAX_BYTES) {
        throw new ImageException(file.path() + ": snapshots_offset: a table of more than 64 MiB");
      }
    }
    return new SnapshotTable(file.path(), entries);
  }

  private static Entry parse(
      ByteBuffer fixed, ByteBuffer rest, int extraLength, int idLength, Header header) {
    long vmState = fixed.getInt(32) & 0xffff_ffffL;
    long diskSize = header.size;
    long icount = -1;
    if (extraLength >= 8) {
      vmState = rest.getLong(0);
    }
    if (extraLength >= KNOWN_EXTRA) {
      diskSize = rest.getLong(8);
    }
    if (extraLength >= KNOWN_EXTRA + 8) {
      icount = rest.getLong(KNOWN_EXTRA);
    }
    byte[] unknown = new byte[Math.max(0, extraLength - KNOWN_EXTRA)];
    rest.get(extraLength - unknown.length, unknown);
    byte[] id = new byte[idLength];
    byte[] name = new byte[rest.capacity() - extraLength - idLength];
    rest.position(extraLength).get(id).get(name);
    Info info =
        new Info(
            new String(id, StandardCharsets.UTF_8),
            new String(name, StandardCharsets.UTF_8),
            vmState,
            fixed.getInt(16) & 0xffff_ffffL,
            fixed.getInt(20),
            fixed.getLong(24),
            diskSize,
            icount);
    return new Entry(fixed.getLong(0), fixed.getInt(8), info, unknown);
  }

  ByteBuffer encode() {
    int bytes = 0;
    for (Entry entry : entries) {
      bytes += length(entry);
    }
    ByteBuffer table = ByteBuffer.allocate(bytes);
    for (Entry entry : entries) {
      int start = table.position();
      byte[] id = entry.info.id().getBytes(StandardCharsets.UTF_8);
      byte[] name = entry.info.name().getBytes(StandardCharsets.UTF_8);
      table.putLong(entry.l1Offset).putInt(entry.l1Size);
      table.putShort((short) id.length).putShort((short) name.length);
      table.putInt((int) entry.info.seconds()).putInt(entry.info.nanos());
      table.putLong(entry.info.vmClockNanos());
      table.putInt((int) Math.min(entry.info.vmStateSize(), 0xffff_ffffL));
      table.putInt(KNOWN_EXTRA + entry.extra.length);
      table.putLong(entry.info.vmStateSize()).putLong(entry.info.diskSize()).put(entry.extra);
      table.put(id).put(name).position(start + length(entry));
    }
    return table.flip();
  }

  private static int length(Entry entry) {
    int texts =
        entry.info.id().getBytes(StandardCharsets.UTF_8).length
            + entry.info.name().getBytes(StandardCharsets.UTF_8).length;
    return FIXED_BYTES + KNOWN_EXTRA + entry.extra.length + texts + 7 & -8;
  }

  /** Bytes of the table in the file. */
  static long bytes(ImageFile file, Header header) throws IOException {
    return read(file, header).encode().remaining();
  }

  List<Info> infos() {
    return entries.stream().map(Entry::info).toList();
  }

  /** The snapshot of an id or else a name. */
  Entry find(String idOrName) throws ImageException {
    for (Entry entry : entries) {
      if (entry.info.id().equals(idOrName)) {
        return entry;
      }
    }
    for (Entry entry : entries) {
      if (entry.info.name().equals(idOrName)) {
        return entry;
      }
    }
    throw new ImageException("%s: has no snapshot %s".formatted(path, idOrName));
  }

  /** With one more. */
  SnapshotTable plus(Entry entry) {
    List<Entry> more = new ArrayList<>(entries);
    more.add(entry);
    return new SnapshotTable(path, more);
  }

  /** Without one. */
  SnapshotTable minus(Entry entry) {
    return new SnapshotTable(path, entries.stream().filter(each -> each != entry).toList());
  }

  /** An id that none has: one more than the largest number. */
  String nextId() {
    long largest = 0;
    for (Entry entry : entries) {
      if (entry.info.id().matches("[0-9]{1,18}")) {
        largest = Math.max(largest, Long.parseLong(entry.info.id()));
      }
    }
    return Long.toString(largest + 1);
  }
}
