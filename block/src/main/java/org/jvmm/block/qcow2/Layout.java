package org.jvmm.block.qcow2;

/** Bit fields of table entries, and the sizes that follow from the header. */
final class Layout {
  /** L1 and L2 entries of the active tables: the refcount of what they point to is exactly one. */
  static final long COPIED = 1L << 63;

  static final long COMPRESSED = 1L << 62;

  /** L2 entries, version 3: reads as zeroes whatever is stored. */
  static final long ZERO = 1;

  /** Bits 9 to 55: where a table or a cluster stands in the file. */
  static final long OFFSET = 0x00ff_ffff_ffff_fe00L;

  /** Bits 9 to 63 of a refcount table entry. */
  static final long BLOCK_OFFSET = ~0x1ffL;

  static final int MIN_CLUSTER_BITS = 9;
  static final int MAX_CLUSTER_BITS = 21;

  /** QEMU's limits of what is held in memory. */
  static final int MAX_L1_BYTES = 32 << 20;

  static final int MAX_REFCOUNT_TABLE_BYTES = 8 << 20;

  final int clusterBits;
  final int clusterSize;

  /** log2 of the entries of an L2 table. */
  final int l2Bits;

  final int l2Entries;
  final int refcountOrder;

  /** log2 of the entries of a refcount block. */
  final int blockBits;

  Layout(int clusterBits, int refcountOrder) {
    this.clusterBits = clusterBits;
    this.clusterSize = 1 << clusterBits;
    this.l2Bits = clusterBits - 3;
    this.l2Entries = 1 << l2Bits;
    this.refcountOrder = refcountOrder;
    this.blockBits = clusterBits + 3 - refcountOrder;
  }

  /** The largest refcount that the field holds. */
  long maxRefcount() {
    return refcountOrder == 6 ? Long.MAX_VALUE : (1L << (1 << refcountOrder)) - 1;
  }

  long clusters(long bytes) {
    return (bytes >>> clusterBits) + ((bytes & (clusterSize - 1)) == 0 ? 0 : 1);
  }

  long inCluster(long offset) {
    return offset & (clusterSize - 1);
  }

  boolean aligned(long offset) {
    return inCluster(offset) == 0;
  }

  /** L1 entries that a disk of this size needs. */
  long l1Entries(long size) {
    int bits = clusterBits + l2Bits;
    return (size >>> bits) + ((size & ((1L << bits) - 1)) == 0 ? 0 : 1);
  }

  int l1Index(long offset) {
    return (int) (offset >>> (clusterBits + l2Bits));
  }

  int l2Index(long offset) {
    return (int) (offset >>> clusterBits) & (l2Entries - 1);
  }

  /** Where a compressed cluster's bytes begin. */
  long compressedOffset(long entry) {
    return entry & ((1L << sectorShift()) - 1) & ((1L << 56) - 1);
  }

  /** Bytes from there to the end of its last sector; the stream may end earlier. */
  int compressedLength(long entry) {
    long sectors = (entry & ~(COPIED | COMPRESSED)) >>> sectorShift();
    return (int) ((sectors + 1) * 512 - (compressedOffset(entry) & 511));
  }

  long compressedEntry(long offset, int length) {
    long sectors = ((offset + length - 1) >>> 9) - (offset >>> 9);
    return COMPRESSED | sectors << sectorShift() | offset;
  }

  private int sectorShift() {
    return 62 - (clusterBits - 8);
  }
}
