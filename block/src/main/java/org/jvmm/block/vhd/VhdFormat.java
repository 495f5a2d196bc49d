package org.jvmm.block.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.ImageFormat;
import org.jvmm.block.OpenOptions;

/** VHD files, which qemu-img calls {@code vpc}. */
public final class VhdFormat implements ImageFormat {
  private static final int BLOCK = 2 << 20;

  /** Two TiB less a little: the specification's end of 32-bit sector numbers. */
  private static final long MOST = 0xff00_0000L * 512;

  @Override
  public String name() {
    return "vpc";
  }

  @Override
  public boolean probe(ByteBuffer head, Path path) {
    return head.limit() >= 8 && head.getLong(0) == VhdFooter.COOKIE;
  }

  @Override
  public BlockImage open(ImageFile file, OpenOptions options) throws IOException {
    long size = file.size();
    ByteBuffer raw = ByteBuffer.allocate(VhdFooter.BYTES);
    file.read(0, raw);
    boolean dynamic = raw.getLong(0) == VhdFooter.COOKIE;
    if (!dynamic) {
      if (size < VhdFooter.BYTES) {
        throw new ImageException("vpc: no footer in a file of %#x bytes".formatted(size));
      }
      file.read(size - VhdFooter.BYTES, raw.clear());
    }
    VhdFooter footer = VhdFooter.parse(raw.clear());
    if (footer.type() == VhdFooter.FIXED) {
      return FixedVhd.open(file, footer);
    }
    return DynamicVhd.open(file, footer, raw.clear());
  }

  @Override
  public void create(ImageFile file, long size, CreateOptions options) throws IOException {
    boolean fixed = options.choice("subformat", "dynamic", "dynamic", "fixed").equals("fixed");
    boolean forced = options.flag("force_size", false);
    options.done(name());
    long sectors = (size + 511) / 512;
    Geometry geometry = Geometry.holding(sectors);
    if (!forced && geometry.total() > 0 && geometry.total() < Geometry.MOST_SECTORS) {
      sectors = Math.max(sectors, geometry.total());
    }
    if (sectors > MOST / 512) {
      throw new ImageException("vpc: size %#x is more than %#x".formatted(size, MOST));
    }
    var footer =
        new VhdFooter(
            fixed ? VhdFooter.NO_DATA : VhdFooter.BYTES,
            forced ? VhdFooter.CREATOR_SIZE : VhdFooter.CREATOR_GEOMETRY,
            sectors * 512,
            geometry,
            fixed ? VhdFooter.FIXED : VhdFooter.DYNAMIC);
    if (fixed) {
      file.write(sectors * 512, footer.encode());
    } else {
      createDynamic(file, footer);
    }
  }

  private static void createDynamic(ImageFile file, VhdFooter footer) throws IOException {
    long blocks = Math.max(1, (footer.currentSize() + BLOCK - 1) / BLOCK);
    long tableAt = VhdFooter.BYTES + DynamicHeader.BYTES;
    long tableBytes = (4 * blocks + 511) & -512;
    ByteBuffer encoded = footer.encode();
    file.write(0, encoded.duplicate());
    file.write(VhdFooter.BYTES, new DynamicHeader(tableAt, (int) blocks, BLOCK).encode());
    byte[] unused = new byte[1 << 16];
    Arrays.fill(unused, (byte) -1);
    for (long done = 0; done < tableBytes; done += unused.length) {
      int part = (int) Math.min(unused.length, tableBytes - done);
      file.write(tableAt + done, ByteBuffer.wrap(unused, 0, part));
    }
    file.write(tableAt + tableBytes, encoded);
  }
}
