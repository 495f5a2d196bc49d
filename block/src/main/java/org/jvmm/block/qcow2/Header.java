package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;

/** The image's first cluster: read once, its fields changed in place. */
final class Header {
  static final int MAGIC = 0x514649fb;
  static final int V2_BYTES = 72;
  static final int V3_BYTES = 104;

  /** What QEMU writes: with the compression type, padded to a multiple of 8. */
  static final int NEW_V3_BYTES = 112;

  static final long DIRTY = 1;
  static final long CORRUPT = 2;
  static final long EXTERNAL_DATA = 4;
  static final long COMPRESSION_TYPE = 8;
  static final long EXTENDED_L2 = 16;
  static final long LAZY_REFCOUNTS = 1;
  static final long BITMAPS = 1;

  static final int END_OF_EXTENSIONS = 0;
  static final int BACKING_FORMAT = 0xe2792aca;
  static final int BITMAPS_EXTENSION = 0x23852875;

  static final int ZLIB = 0;
  static final int ZSTD = 1;

  private static final int MAX_BACKING_NAME = 1023;
  private static final int MAX_SNAPSHOTS = 65536;

  final Path path;
  int version;
  int clusterBits;
  long size;
  int l1Size;
  long l1Offset;
  long refcountTableOffset;
  int refcountTableClusters;
  int snapshotCount;
  long snapshotsOffset;
  long incompatible;
  long compatible;
  long autoclear;
  int refcountOrder = 4;
  int headerLength = V2_BYTES;
  int compressionType;
  String backingName;
  String backingFormat;

  /** The bitmaps extension's directory; its size is 0 without one. */
  long bitmapDirectoryOffset;

  long bitmapDirectorySize;
  int bitmapCount;
  Layout layout;

  Header(Path path) {
    this.path = path;
  }

  /** Reads and validates; an {@link ImageException} names the field. */
  static Header read(ImageFile file) throws IOException {
    Header header = new Header(file.path());
    ByteBuffer fixed = ByteBuffer.allocate(NEW_V3_BYTES);
    file.read(0, fixed);
    header.parseFixed(fixed.flip());
    header.layout = new Layout(header.clusterBits, header.refcountOrder);
    header.validate(file.size());
    // Extensions and the backing file's name lie in the first cluster.
    ByteBuffer cluster = ByteBuffer.allocate(header.layout.clusterSize);
    file.read(0, cluster);
    header.parseBackingName(cluster.clear(), fixed.getLong(8), fixed.getInt(16));
    header.parseExtensions(cluster, fixed.getLong(8));
    return header;
  }

  private void parseFixed(ByteBuffer fields) throws ImageException {
    require(fields.getInt(0) == MAGIC, "magic", fields.getInt(0), "this is no qcow2 image");
    version = fields.getInt(4);
    require(version == 2 || version == 3, "version", version, "only 2 and 3 are known");
    clusterBits = fields.getInt(20);
    require(
        clusterBits >= Layout.MIN_CLUSTER_BITS && clusterBits <= Layout.MAX_CLUSTER_BITS,
        "cluster_bits",
        clusterBits,
        "must be 9 to 21");
    size = fields.getLong(24);
    int crypt = fields.getInt(32);
    require(crypt != 1, "crypt_method", crypt, "AES encryption is not supported");
    require(crypt != 2, "crypt_method", crypt, "LUKS encryption is not supported");
    require(crypt == 0, "crypt_method", crypt, "unknown");
    l1Size = fields.getInt(36);
    l1Offset = fields.getLong(40);
    refcountTableOffset = fields.getLong(48);
    refcountTableClusters = fields.getInt(56);
    snapshotCount = fields.getInt(60);
    snapshotsOffset = fields.getLong(64);
    if (version == 3) {
      parseVersion3(fields);
    }
  }

  private void parseVersion3(ByteBuffer fields) throws ImageException {
    incompatible = fields.getLong(72);
    compatible = fields.getLong(80);
    autoclear = fields.getLong(88);
    refcountOrder = fields.getInt(96);
    headerLength = fields.getInt(100);
    require(
        refcountOrder >= 0 && refcountOrder <= 6,
        "refcount_order",
        refcountOrder,
        "must be 0 to 6");
    require(
        headerLength >= V3_BYTES && headerLength % 8 == 0 && headerLength <= 1 << clusterBits,
        "header_length",
        headerLength,
        "must be a multiple of 8 from 104 to the cluster size");
    require(
        (incompatible & EXTERNAL_DATA) == 0,
        "incompatible_features",
        incompatible,
        "an external data file is not supported");
    require(
        (incompatible & EXTENDED_L2) == 0,
        "incompatible_features",
        incompatible,
        "extended L2 entries are not supported");
    long known = DIRTY | CORRUPT | COMPRESSION_TYPE;
    require((incompatible & ~known) == 0, "incompatible_features", incompatible, "unknown bits");
    compressionType = headerLength > 104 ? fields.get(104) & 0xff : 0;
    require(
        compressionType == ZLIB || compressionType == ZSTD,
        "compression_type",
        compressionType,
        "only zlib (0) and zstd (1) are known");
    require(
        ((incompatible & COMPRESSION_TYPE) != 0) == (compressionType != ZLIB),
        "compression_type",
        compressionType,
        "contradicts incompatible_features");
  }

  private void validate(long fileSize) throws ImageException {
    require(size >= 0, "size", size, "more than 2^63 - 1 bytes");
    require(
        l1Size >= 0 && l1Size <= Layout.MAX_L1_BYTES / 8, "l1_size", l1Size, "more than 32 MiB");
    require(layout.l1Entries(size) <= l1Size, "l1_size", l1Size, "too small for size");
    requireTable("l1_table_offset", l1Offset, l1Size * 8L, fileSize);
    long tableBytes = (long) refcountTableClusters << clusterBits;
    require(
        refcountTableClusters > 0 && tableBytes <= Layout.MAX_REFCOUNT_TABLE_BYTES,
        "refcount_table_clusters",
        refcountTableClusters,
        "must be 1 cluster to 8 MiB");
    requireTable("refcount_table_offset", refcountTableOffset, tableBytes, fileSize);
    require(
        snapshotCount >= 0 && snapshotCount <= MAX_SNAPSHOTS,
        "nb_snapshots",
        snapshotCount,
        "more than 65536");
    if (snapshotCount > 0) {
      requireTable("snapshots_offset", snapshotsOffset, snapshotCount * 40L, fileSize);
    }
  }

  /** A table's place is sane; its last cluster need not be there in full. */
  private void requireTable(String field, long offset, long bytes, long fileSize)
      throws ImageException {
    if (bytes == 0) {
      return;
    }
    require(offset >= layout.clusterSize, field, offset, "lies in the header");
    require(layout.aligned(offset), field, offset, "not aligned to a cluster");
    require(
        offset <= fileSize && bytes - layout.clusterSize <= fileSize - offset,
        field,
        offset,
        "lies past the end of the file");
  }

  private void parseBackingName(ByteBuffer cluster, long offset, int length) throws ImageException {
    if (offset == 0) {
      return;
    }
    require(
        length >= 0 && length <= MAX_BACKING_NAME, "backing_file_size", length, "more than 1023");
    require(
        offset >= headerLength && offset <= layout.clusterSize - length,
        "backing_file_offset",
        offset,
        "does not lie in the first cluster");
    if (length > 0) {
      byte[] name = new byte[length];
      cluster.get((int) offset, name);
      backingName = new String(name, StandardCharsets.UTF_8);
    }
  }

  private void parseExtensions(ByteBuffer cluster, long backingOffset) throws ImageException {
    int end = backingOffset == 0 ? layout.clusterSize : (int) backingOffset;
    int at = headerLength;
    while (at + 8 <= end) {
      int type = cluster.getInt(at);
      int length = cluster.getInt(at + 4);
      at += 8;
      if (type == END_OF_EXTENSIONS) {
        return;
      }
      require(
          length >= 0 && length <= end - at,
          "header extension %#x length".formatted(type),
          length,
          "passes the end of the extensions");
      parseExtension(cluster, type, at, length);
      at += (length + 7) & -8;
    }
  }

  private void parseExtension(ByteBuffer cluster, int type, int at, int length)
      throws ImageException {
    if (type == BACKING_FORMAT) {
      byte[] name = new byte[length];
      cluster.get(at, name);
      backingFormat = new String(name, StandardCharsets.US_ASCII);
    } else if (type == BITMAPS_EXTENSION) {
      require(length >= 24, "bitmaps extension length", length, "less than 24");
      bitmapCount = cluster.getInt(at);
      bitmapDirectorySize = cluster.getLong(at + 8);
      bitmapDirectoryOffset = cluster.getLong(at + 16);
    }
  }

  private void require(boolean condition, String field, long value, String reason)
      throws ImageException {
    if (!condition) {
      throw new ImageException("%s: %s=%#x: %s".formatted(path, field, value, reason));
    }
  }

  /** The first cluster of a new image. */
  ByteBuffer encode() throws ImageException {
    ByteBuffer cluster = ByteBuffer.allocate(1 << clusterBits);
    headerLength = version == 2 ? V2_BYTES : NEW_V3_BYTES;
    cluster.position(headerLength);
    if (backingName != null && backingFormat != null) {
      byte[] name = backingFormat.getBytes(StandardCharsets.US_ASCII);
      cluster.putInt(BACKING_FORMAT).putInt(name.length).put(name);
      cluster.position((cluster.position() + 7) & -8);
    }
    cluster.putLong(END_OF_EXTENSIONS);
    if (backingName != null) {
      byte[] name = backingName.getBytes(StandardCharsets.UTF_8);
      if (name.length > MAX_BACKING_NAME || name.length > cluster.remaining()) {
        throw new ImageException("backing_file=%s: the name is too long".formatted(backingName));
      }
      cluster.putLong(8, cluster.position()).putInt(16, name.length).put(name);
    }
    cluster.putInt(0, MAGIC).putInt(4, version).putInt(20, clusterBits).putLong(24, size);
    putTables(cluster);
    if (version == 3) {
      putFeatures(cluster);
      cluster.putInt(96, refcountOrder).putInt(100, headerLength);
      cluster.put(104, (byte) compressionType);
    }
    return cluster.clear();
  }

  private void putTables(ByteBuffer cluster) {
    cluster.putInt(36, l1Size).putLong(40, l1Offset).putLong(48, refcountTableOffset);
    cluster.putInt(56, refcountTableClusters).putInt(60, snapshotCount);
    cluster.putLong(64, snapshotsOffset);
  }

  private void putFeatures(ByteBuffer cluster) {
    cluster.putLong(72, incompatible).putLong(80, compatible).putLong(88, autoclear);
  }

  /**
   * Writes the fields that change over an image's life: one write within the first sector, so that
   * a crash leaves either all of the old ones or all of the new ones.
   */
  void update(ImageFile file) throws IOException {
    ByteBuffer sector = ByteBuffer.allocate(512);
    file.read(0, sector);
    sector.putLong(24, size);
    putTables(sector);
    if (version == 3) {
      putFeatures(sector);
    }
    file.write(0, sector.clear().limit(version == 2 ? V2_BYTES : V3_BYTES));
  }

  boolean is(long incompatibleBit) {
    return (incompatible & incompatibleBit) != 0;
  }
}
