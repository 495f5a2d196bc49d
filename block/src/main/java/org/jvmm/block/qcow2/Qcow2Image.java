package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.block.BlockImage;
import org.jvmm.block.Checkable;
import org.jvmm.block.Committable;
import org.jvmm.block.CompressedWriter;
import org.jvmm.block.Described;
import org.jvmm.block.Extent;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.block.Resizable;
import org.jvmm.block.Snapshots;
import org.jvmm.block.Zeroes;
import org.jvmm.block.qcow2.ClusterMap.Kind;
import org.jvmm.core.backend.IoBuffer;

/** An open qcow2 image. */
final class Qcow2Image
    implements BlockImage,
        Described,
        Resizable,
        Checkable,
        Snapshots,
        CompressedWriter,
        Committable {
  /** Bytes that a commit copies at once. */
  private static final int COMMIT_PIECE = 1 << 20;

  private final ImageFile file;
  private final OpenOptions options;
  private final Header header;
  private final Layout layout;

  /** Null without one; it changes hands while this image is committed. */
  private BlockImage backing;

  private final Refcounts refcounts;
  private final ClusterMap map;
  private final ClusterCodec codec;
  private final long size;

  /** A cluster on its way to the file. */
  private final ByteBuffer bounce;

  /** The cluster that was unpacked last, and the entry that it came from. */
  private ByteBuffer unpacked;

  private ByteBuffer packed;
  private long unpackedEntry;

  /** Where the next packed cluster goes, behind another one in the same cluster; 0: nowhere. */
  private long packedEnd;

  private boolean closed;

  /** Whether what is below could not be opened again after a commit. */
  private boolean orphaned;

  private Qcow2Image(ImageFile file, OpenOptions options, Header header, BlockImage backing)
      throws IOException {
    this.file = file;
    this.options = options;
    this.header = header;
    this.layout = header.layout;
    this.backing = backing;
    this.codec = new ClusterCodec(header.compressionType);
    this.bounce = IoBuffer.allocate(layout.clusterSize);
    this.refcounts = new Refcounts(file, header);
    if (options.snapshot() == null) {
      this.size = header.size;
      this.map =
          new ClusterMap(
              file, header, refcounts, header.l1Offset, header.l1Size, options.discard());
    } else {
      SnapshotTable.Entry snapshot = SnapshotTable.read(file, header).find(options.snapshot());
      this.size = snapshot.info().diskSize();
      snapshot.requireL1(header, size);
      this.map =
          new ClusterMap(file, header, refcounts, snapshot.l1Offset(), snapshot.l1Size(), false);
    }
  }

  static Qcow2Image open(ImageFile file, OpenOptions options) throws IOException {
    return open(file, options, null);
  }

  /** With an image that stands under it whatever its header says; null to go by the header. */
  static Qcow2Image open(ImageFile file, OpenOptions options, BlockImage base) throws IOException {
    Header header = Header.read(file);
    boolean write = !options.readOnly();
    if (write && options.snapshot() != null) {
      throw new ImageException(file.path() + ": a snapshot can only be read");
    }
    if (write && header.is(Header.CORRUPT) && !options.repair()) {
      throw new ImageException(
          file.path() + ": incompatible_features: the image is marked corrupt; check with repair");
    }
    BlockImage backing = base;
    if (base == null && header.backingName != null && options.backing()) {
      backing = Images.openBacking(file, header.backingName, header.backingFormat, options);
    }
    try {
      Qcow2Image image = new Qcow2Image(file, options, header, backing);
      if (write) {
        image.prepareToWrite();
      }
      return image;
    } catch (IOException | RuntimeException e) {
      if (backing != base) {
        backing.close();
      }
      throw e;
    }
  }

  private void prepareToWrite() throws IOException {
    if (header.is(Header.DIRTY) && !options.repair()) {
      Result result = check(Repair.ALL);
      if (!result.clean()) {
        throw new ImageException(
            "%s: was not closed, and cannot be repaired: %s"
                .formatted(file.path(), result.messages().get(0)));
      }
    }
    if (header.autoclear != 0) {
      header.autoclear = 0;
      header.update(file);
    }
    map.setLazy((header.compatible & Header.LAZY_REFCOUNTS) != 0);
  }

  @Override
  public String format() {
    return Qcow2Format.NAME;
  }

  @Override
  public long size() {
    return options.snapshot() == null ? header.size : size;
  }

  @Override
  public boolean readOnly() {
    return options.readOnly();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    int end = into.limit();
    try {
      while (into.position() < end) {
        int most = end - into.position();
        long entry = map.run(offset, most);
        int count = (int) map.runBytes();
        into.limit(into.position() + count);
        switch (map.kind(entry, offset)) {
          case DATA -> file.read(map.dataOffset(entry, offset) + layout.inCluster(offset), into);
          case ZERO -> Zeroes.fill(into);
          case ABSENT -> readBacking(offset, into);
          case COMPRESSED -> {
            unpack(entry, offset);
            into.put(into.position(), unpacked, (int) layout.inCluster(offset), count);
            into.position(into.limit());
          }
        }
        offset += count;
      }
    } finally {
      into.limit(end);
    }
  }

  private void readBacking(long offset, ByteBuffer into) throws IOException {
    if (orphaned) {
      throw new ImageException(file.path() + ": the backing file could not be opened again");
    }
    long there = backing == null ? 0 : Math.max(0, backing.size() - offset);
    if (there > 0) {
      int limit = into.limit();
      into.limit(into.position() + (int) Math.min(into.remaining(), there));
      backing.read(offset, into);
      into.limit(limit);
    }
    Zeroes.fill(into);
  }

  private void unpack(long entry, long offset) throws IOException {
    if (unpackedEntry == entry) {
      return;
    }
    if (unpacked == null) {
      unpacked = IoBuffer.allocate(layout.clusterSize);
      packed = IoBuffer.allocate(2 * layout.clusterSize + 1024);
    }
    unpackedEntry = 0;
    int length = layout.compressedLength(entry);
    if (length > packed.capacity()) {
      throw new ImageException(
          "%s: L2 entry of disk offset %#x=%#x: compressed to more than two clusters"
              .formatted(file.path(), offset, entry));
    }
    file.read(layout.compressedOffset(entry), packed.clear().limit(length));
    try {
      codec.unpack(packed.flip(), unpacked.clear());
    } catch (ImageException e) {
      throw new ImageException(
          "%s: disk offset %#x: %s".formatted(file.path(), offset, e.getMessage()));
    }
    unpacked.clear();
    unpackedEntry = entry;
  }

  @Override
  public void write(long offset, ByteBuffer from) throws IOException {
    int end = from.limit();
    try {
      while (from.position() < end) {
        long entry = map.run(offset, end - from.position());
        int run = (int) map.runBytes();
        int before = from.position();
        if (isOwn(entry) && map.kind(entry, offset) == Kind.DATA) {
          from.limit(before + run);
          file.write(map.dataOffset(entry, offset) + layout.inCluster(offset), from);
          map.dataWritten();
        } else {
          int inCluster = (int) layout.inCluster(offset);
          boolean whole = inCluster == 0 && run >= layout.clusterSize;
          int most = whole ? run & -layout.clusterSize : layout.clusterSize - inCluster;
          from.limit(Math.min(end, before + most));
          writeNew(offset, entry, from, whole);
        }
        offset += from.position() - before;
        from.limit(end);
      }
    } finally {
      from.limit(end);
    }
    settle();
  }

  /** Whether an entry's cluster is used by nothing else. */
  private static boolean isOwn(long entry) {
    return (entry & Layout.COPIED) != 0 && (entry & Layout.OFFSET) != 0;
  }

  /**
   * Writes whole clusters, or a part of one, that have no place of their own yet.
   *
   * @param whole whether from has whole clusters; as many are written as the place found has
   */
  private void writeNew(long offset, long entry, ByteBuffer from, boolean whole)
      throws IOException {
    beforeMetadata();
    long cluster = offset - layout.inCluster(offset);
    boolean reserved = isOwn(entry) && map.kind(entry, offset) == Kind.ZERO;
    long place;
    int count = 1;
    boolean fresh = false;
    if (reserved) {
      place = map.dataOffset(entry, offset);
      if (whole) {
        from.limit(from.position() + layout.clusterSize);
      }
    } else {
      int wanted = whole ? from.remaining() >>> layout.clusterBits : 1;
      place = refcounts.allocate(wanted) << layout.clusterBits;
      count = refcounts.granted();
      fresh = refcounts.fresh();
      if (whole) {
        from.limit(from.position() + (count << layout.clusterBits));
      }
    }
    try {
      if (whole) {
        file.write(place, from);
      } else {
        writePart(offset, entry, from, place, fresh);
      }
      map.setEntries(cluster, count, place | Layout.COPIED, layout.clusterSize);
    } catch (IOException e) {
      if (!reserved) {
        // Nothing points there.
        refcounts.add(place >>> layout.clusterBits, count, -1);
      }
      throw e;
    }
    if (!reserved) {
      release(entry, count, offset, false);
    }
  }

  /** Writes a part of a new cluster, and around it what the disk has there. */
  private void writePart(long offset, long entry, ByteBuffer from, long place, boolean fresh)
      throws IOException {
    int inCluster = (int) layout.inCluster(offset);
    if (fresh && readsZero(entry, offset)) {
      file.write(place + inCluster, from);
      return;
    }
    long start = offset - inCluster;
    int end = inCluster + from.remaining();
    bounce.clear();
    if (start < header.size) {
      bounce.limit((int) Math.min(layout.clusterSize, header.size - start));
      read(start, bounce);
    }
    Zeroes.fill(bounce.limit(layout.clusterSize));
    bounce.limit(end).position(inCluster).put(from).clear();
    file.write(place, bounce);
  }

  /** Whether a cluster is known to read as zeroes. */
  private boolean readsZero(long entry, long offset) throws IOException {
    return switch (map.kind(entry, offset)) {
      case ZERO -> true;
      case ABSENT -> !backed(offset - layout.inCluster(offset));
      case DATA, COMPRESSED -> false;
    };
  }

  /** Whether the backing file has bytes at or behind this one. */
  private boolean backed(long offset) {
    return backing == null ? header.backingName != null : offset < backing.size();
  }

  /** Gives free what entries of neighbouring clusters, of one run, pointed to. */
  private void release(long entry, int count, long offset, boolean discard) throws IOException {
    switch (map.kind(entry, offset)) {
      case DATA, ZERO -> {
        long data = map.dataOffset(entry, offset);
        if (data != 0) {
          map.free(data >>> layout.clusterBits, count, discard);
        }
      }
      case COMPRESSED -> {
        long first = layout.compressedOffset(entry) >>> layout.clusterBits;
        long last = layout.compressedOffset(entry) + layout.compressedLength(entry) - 1;
        map.free(first, (last >>> layout.clusterBits) - first + 1, discard);
        unpackedEntry = 0;
        packedEnd = 0;
      }
      case ABSENT -> {
        // Nothing was there.
      }
    }
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    forWholeClusters(offset, length, true);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    if (options.discard()) {
      forWholeClusters(offset, length, false);
    }
  }

  /** The parts of clusters at both ends are zeroed or, for a discard, left; the rest is changed. */
  private void forWholeClusters(long offset, long length, boolean zero) throws IOException {
    long end = offset + length;
    long first = offset + (-offset & layout.clusterSize - 1);
    long last = end == header.size ? end : end & -(long) layout.clusterSize;
    if (first >= end || last < first) {
      zeroPart(offset, end, zero);
      return;
    }
    zeroPart(offset, first, zero);
    for (long at = first; at < last; ) {
      long entry = map.run(at, last - at);
      long run = map.runBytes();
      clear(at, run, entry, zero);
      at += run;
    }
    zeroPart(last, end, zero);
    settle();
  }

  /** A part of one cluster. */
  private void zeroPart(long from, long to, boolean zero) throws IOException {
    if (!zero) {
      return;
    }
    for (long at = from; at < to; ) {
      int count = (int) Math.min(to - at, layout.clusterSize - layout.inCluster(at));
      if (!readsZero(map.entry(at), at)) {
        ByteBuffer zeroes = ByteBuffer.allocate(count);
        write(at, zeroes);
      }
      at += count;
    }
  }

  /** Whole clusters of one run read as zeroes from now on; a discard may leave them. */
  private void clear(long offset, long length, long entry, boolean zero) throws IOException {
    Kind kind = map.kind(entry, offset);
    boolean backed = backed(offset);
    boolean stored = kind == Kind.COMPRESSED || (entry & Layout.OFFSET) != 0;
    if (kind == Kind.ABSENT && (!zero || !backed) || kind == Kind.ZERO && !stored) {
      return;
    }
    if (backed && header.version == 2) {
      if (zero) {
        zeroPart(offset, offset + length, true);
      }
      return;
    }
    beforeMetadata();
    int count = (int) layout.clusters(length);
    map.setEntries(offset, count, backed ? Layout.ZERO : 0, 0);
    release(entry, count, offset, true);
  }

  @Override
  public void flush() throws IOException {
    if (!readOnly()) {
      map.flush();
    }
  }

  private void settle() throws IOException {
    if (map.flushIsDue()) {
      map.flush();
    }
  }

  /** With lazy refcounts the image says so before its counts are wrong. */
  private void beforeMetadata() throws IOException {
    if (readOnly()) {
      throw new ImageException(file.path() + ": is open for reading only");
    }
    if ((header.compatible & Header.LAZY_REFCOUNTS) != 0) {
      markDirty(true);
    }
  }

  private void markDirty(boolean dirty) throws IOException {
    if (header.version == 3 && header.is(Header.DIRTY) != dirty) {
      header.incompatible ^= Header.DIRTY;
      header.update(file);
      file.sync();
    }
  }

  @Override
  public Extent extent(long offset) throws IOException {
    long rest = size() - offset;
    long entry = map.run(offset, rest);
    long length = map.runBytes();
    return switch (map.kind(entry, offset)) {
      case DATA ->
          new Extent(
              length, true, false, map.dataOffset(entry, offset) + layout.inCluster(offset), 0);
      case ZERO -> new Extent(length, true, true, -1, 0);
      case COMPRESSED -> new Extent(length, true, false, -1, 0);
      case ABSENT -> absent(offset, length, rest);
    };
  }

  private Extent absent(long offset, long length, long rest) throws IOException {
    if (backing != null && offset < backing.size()) {
      Extent below = backing.extent(offset);
      return new Extent(
          Math.min(length, below.length()),
          false,
          below.zero(),
          below.fileOffset(),
          below.depth() + 1);
    }
    // Over L2 tables that are not there: a disk of many is one extent.
    while (length < rest && map.run(offset + length, rest - length) == 0) {
      length += map.runBytes();
    }
    return new Extent(length, false, true, -1, 0);
  }

  @Override
  public int compressedUnit() {
    return layout.clusterSize;
  }

  @Override
  public Packer packer() {
    return ClusterCodec.packer(header.compressionType, layout.clusterSize);
  }

  @Override
  public void writePacked(long offset, ByteBuffer from) throws IOException {
    beforeMetadata();
    int length = from.remaining();
    long old = map.run(offset, layout.clusterSize);
    long place = placeForPacked(length);
    file.write(place, from);
    map.setEntries(offset, 1, layout.compressedEntry(place, length), 0);
    if (map.kind(old, offset) != Kind.ABSENT) {
      release(old, 1, offset, false);
    }
    packedEnd = place + length;
    settle();
  }

  /** Behind the last packed cluster, in its host cluster and the next one if that is free. */
  private long placeForPacked(int length) throws IOException {
    long inCluster = layout.inCluster(packedEnd);
    long cluster = packedEnd >>> layout.clusterBits;
    if (inCluster != 0 && refcounts.get(cluster) < layout.maxRefcount()) {
      if (inCluster + length <= layout.clusterSize) {
        refcounts.add(cluster, 1, 1);
        return packedEnd;
      }
      long next = refcounts.allocate(1);
      if (next == cluster + 1) {
        refcounts.add(cluster, 1, 1);
        return packedEnd;
      }
      return next << layout.clusterBits;
    }
    return refcounts.allocate(1) << layout.clusterBits;
  }

  @Override
  public void resize(long newSize, String preallocation) throws IOException {
    beforeMetadata();
    flush();
    new Resizer(file, header, refcounts, map).resize(this, newSize, preallocation);
  }

  /** Takes away what the disk has from a byte on, a cluster's first one. */
  void cut(long offset) throws IOException {
    while (offset < header.size) {
      long entry = map.run(offset, header.size - offset);
      long run = map.runBytes();
      if (entry != 0) {
        int count = (int) layout.clusters(run);
        map.setEntries(offset, count, 0, 0);
        release(entry, count, offset, true);
      }
      offset += run;
    }
  }

  @Override
  public void commit(Below below) throws IOException {
    if (backing == null) {
      throw new ImageException(file.path() + ": there is no backing file");
    }
    flush();
    backing.close();
    backing = null;
    orphaned = true;
    try (BlockImage target = below.open(true)) {
      if (target.size() < size() && target instanceof Resizable small) {
        small.resize(size(), "off");
      }
      give(target);
      target.flush();
    } finally {
      backing = below.open(false);
      orphaned = false;
    }
  }

  @Override
  public void empty() throws IOException {
    beforeMetadata();
    cut(0);
    flush();
  }

  /** Copies what this image has itself, in pieces that a buffer holds. */
  private void give(BlockImage target) throws IOException {
    ByteBuffer some = IoBuffer.allocate(Math.max(layout.clusterSize, COMMIT_PIECE));
    for (long at = 0; at < size(); ) {
      long entry = map.run(at, size() - at);
      long length = map.runBytes();
      Kind kind = map.kind(entry, at);
      if (kind == Kind.ZERO) {
        target.writeZeroes(at, length);
      } else if (kind != Kind.ABSENT) {
        length = Math.min(length, some.capacity());
        read(at, some.clear().limit((int) length));
        target.write(at, some.flip());
      }
      at += length;
    }
  }

  /** Bytes of the backing file; 0 without one. */
  long backingSize() {
    return backing == null ? 0 : backing.size();
  }

  @Override
  public Result check(Repair repair) throws IOException {
    if (!readOnly()) {
      map.settleAll();
    } else if (repair != Repair.NONE) {
      throw new ImageException(file.path() + ": is open for reading only");
    }
    Checker checker = new Checker(file, header);
    Result result = checker.check(repair);
    if (repair != Repair.NONE) {
      refcounts.reload();
      map.replaceL1(ClusterMap.readL1(file, header.l1Offset, header.l1Size));
    }
    return result;
  }

  private SnapshotEditor editor() throws IOException {
    if (readOnly()) {
      throw new ImageException(file.path() + ": is open for reading only");
    }
    flush();
    packedEnd = 0;
    return new SnapshotEditor(file, header, refcounts, map);
  }

  @Override
  public List<Info> snapshots() throws IOException {
    return SnapshotTable.read(file, header).infos();
  }

  @Override
  public void createSnapshot(String name) throws IOException {
    edit(editor(), editor -> editor.create(name));
  }

  @Override
  public void applySnapshot(String idOrName) throws IOException {
    SnapshotEditor known = editor();
    known.find(idOrName);
    unpackedEntry = 0;
    edit(known, editor -> editor.apply(idOrName));
  }

  @Override
  public void deleteSnapshot(String idOrName) throws IOException {
    SnapshotEditor known = editor();
    known.find(idOrName);
    edit(known, editor -> editor.delete(idOrName));
  }

  /** A change of the kept states. */
  private interface Edit {
    void by(SnapshotEditor editor) throws IOException;
  }

  /** Changes the kept states; the image is marked dirty meanwhile. */
  private void edit(SnapshotEditor editor, Edit edit) throws IOException {
    markDirty(true);
    edit.by(editor);
    map.writeBack();
    refcounts.writeBlocks();
    file.sync();
    markDirty(false);
  }

  @Override
  public int clusterSize() {
    return layout.clusterSize;
  }

  @Override
  public String backingName() {
    return header.backingName;
  }

  @Override
  public String backingFormat() {
    return header.backingFormat;
  }

  @Override
  public Path backingPath() {
    try {
      return header.backingName == null
          ? null
          : Images.backingPath(file.path(), header.backingName);
    } catch (ImageException e) {
      return null;
    }
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("compat", header.version == 2 ? "0.10" : "1.1");
    facts.put("compression-type", header.compressionType == Header.ZSTD ? "zstd" : "zlib");
    if (header.version == 3) {
      facts.put("lazy-refcounts", (header.compatible & Header.LAZY_REFCOUNTS) != 0);
    }
    facts.put("refcount-bits", 1 << header.refcountOrder);
    if (header.version == 3) {
      facts.put("corrupt", header.is(Header.CORRUPT));
      facts.put("dirty", header.is(Header.DIRTY));
      facts.put("extended-l2", false);
    }
    return facts;
  }

  /** Leaves the file complete. */
  void finish() throws IOException {
    map.settleAll();
    markDirty(false);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (!readOnly()) {
        finish();
      }
    } finally {
      codec.close();
      try {
        file.close();
      } finally {
        if (backing != null) {
          backing.close();
        }
      }
    }
  }
}
