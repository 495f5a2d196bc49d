package org.jvmm.block.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.ImageFormat;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** QEMU's copy-on-write format, versions 2 and 3. */
public final class Qcow2Format implements ImageFormat {
  static final String NAME = "qcow2";
  private static final int REFCOUNT_TABLE = 1;
  private static final int REFCOUNT_BLOCK = 2;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean probe(ByteBuffer head, Path path) {
    return head.limit() >= 8
        && head.getInt(0) == Header.MAGIC
        && (head.getInt(4) == 2 || head.getInt(4) == 3);
  }

  @Override
  public BlockImage open(ImageFile file, OpenOptions options) throws IOException {
    return Qcow2Image.open(file, options);
  }

  @Override
  public void create(ImageFile file, long size, CreateOptions options) throws IOException {
    Header header = header(file, options);
    String preallocation =
        options.choice("preallocation", "off", Resizer.PREALLOCATIONS.toArray(String[]::new));
    options.done(NAME);
    if (header.backingName != null) {
      if (!preallocation.equals("off")) {
        throw new ImageException("qcow2: preallocation and backing_file exclude each other");
      }
      size = sizeOverBacking(file, header, size);
    }
    if (size < 0) {
      throw new ImageException("qcow2: a size is needed");
    }
    writeEmpty(file, header);
    // An image of no bytes, which then grows: tables get their places as in any image.
    OpenOptions growing = OpenOptions.WRITABLE.withBacking(false);
    Qcow2Image image = Qcow2Image.open(file, growing);
    image.resize((size + 511) & -512, preallocation);
    image.finish();
  }

  private static Header header(ImageFile file, CreateOptions options) throws ImageException {
    Header header = new Header(file.path());
    String compat = options.choice("compat", "1.1", "0.10", "1.1", "v2", "v3");
    header.version = compat.equals("0.10") || compat.equals("v2") ? 2 : 3;
    header.clusterBits = log2("cluster_size", options.size("cluster_size", 65536), 9, 21);
    header.refcountOrder = log2("refcount_bits", options.size("refcount_bits", 16), 0, 6);
    boolean lazy = options.flag("lazy_refcounts", false);
    boolean zstd = options.choice("compression_type", "zlib", "zlib", "zstd").equals("zstd");
    if (options.flag("extended_l2", false)) {
      throw new ImageException("qcow2: extended_l2=on is not supported");
    }
    if (header.version == 2 && (header.refcountOrder != 4 || lazy || zstd)) {
      throw new ImageException(
          "qcow2: refcount_bits, lazy_refcounts and compression_type need compat=1.1");
    }
    header.compatible = lazy ? Header.LAZY_REFCOUNTS : 0;
    header.compressionType = zstd ? Header.ZSTD : Header.ZLIB;
    header.incompatible = zstd ? Header.COMPRESSION_TYPE : 0;
    header.backingName = options.text("backing_file", null);
    header.backingFormat = options.text("backing_fmt", null);
    header.layout = new Layout(header.clusterBits, header.refcountOrder);
    return header;
  }

  private static int log2(String option, long value, int least, int most) throws ImageException {
    int bits = Long.numberOfTrailingZeros(value);
    if (value <= 0 || 1L << bits != value || bits < least || bits > most) {
      throw new ImageException(
          "%s=%d: must be a power of two from %d to %d"
              .formatted(option, value, 1L << least, 1L << most));
    }
    return bits;
  }

  /** The backing file must be there and say its format, since its content is the guest's. */
  private static long sizeOverBacking(ImageFile file, Header header, long size) throws IOException {
    OpenOptions reading = OpenOptions.READ_ONLY;
    try (BlockImage backing =
        Images.openBacking(file, header.backingName, header.backingFormat, reading)) {
      if (header.backingFormat == null) {
        throw new ImageException(
            "qcow2: backing_file=%s needs its format, backing_fmt (it looks like %s)"
                .formatted(header.backingName, backing.format()));
      }
      return size < 0 ? backing.size() : size;
    }
  }

  private static void writeEmpty(ImageFile file, Header header) throws IOException {
    Layout layout = header.layout;
    header.refcountTableOffset = (long) REFCOUNT_TABLE << layout.clusterBits;
    header.refcountTableClusters = 1;
    ByteBuffer table = ByteBuffer.allocate(layout.clusterSize);
    table.putLong(0, (long) REFCOUNT_BLOCK << layout.clusterBits);
    file.write(0, header.encode());
    file.write(header.refcountTableOffset, table);
    file.resize((long) (REFCOUNT_BLOCK + 1) << layout.clusterBits);
    Refcounts refcounts = new Refcounts(file, header);
    for (int cluster = 0; cluster <= REFCOUNT_BLOCK; cluster++) {
      refcounts.set(cluster, 1);
    }
    refcounts.writeBlocks();
  }
}
