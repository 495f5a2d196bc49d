package org.jvmm.block.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.ImageFormat;
import org.jvmm.block.OpenOptions;

/** VDI files. */
public final class VdiFormat implements ImageFormat {
  private static final int BLOCK = 1 << 20;

  /** Block numbers are 32 bits, the two highest mean something else. */
  private static final long MOST_BLOCKS = 0x3fffffff;

  @Override
  public String name() {
    return "vdi";
  }

  @Override
  public boolean probe(ByteBuffer head, Path path) {
    return head.limit() >= VdiHeader.BYTES
        && Integer.reverseBytes(head.getInt(VdiHeader.AT_SIGNATURE)) == VdiHeader.SIGNATURE;
  }

  @Override
  public BlockImage open(ImageFile file, OpenOptions options) throws IOException {
    return VdiImage.open(file);
  }

  @Override
  public void create(ImageFile file, long size, CreateOptions options) throws IOException {
    boolean fixed =
        options.flag("static", false)
            || options.choice("preallocation", "off", "off", "metadata").equals("metadata");
    options.done(name());
    long blocks = (size + BLOCK - 1) / BLOCK;
    if (blocks > MOST_BLOCKS) {
      throw new ImageException(
          "vdi: size %#x is more than %#x blocks".formatted(size, MOST_BLOCKS));
    }
    long mapBytes = (blocks * 4 + 511) & -512;
    var header =
        new VdiHeader(
            fixed ? VdiHeader.STATIC : VdiHeader.DYNAMIC,
            VdiHeader.BYTES,
            VdiHeader.BYTES + mapBytes,
            size,
            BLOCK,
            (int) blocks,
            fixed ? (int) blocks : 0);
    file.write(0, header.encode());
    writeMap(file, blocks, fixed);
    if (fixed) {
      file.resize(header.offsetData() + blocks * BLOCK);
    }
  }

  private static void writeMap(ImageFile file, long blocks, boolean fixed) throws IOException {
    ByteBuffer part = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    long at = VdiHeader.BYTES;
    for (int block = 0; block < blocks; ) {
      part.clear();
      while (part.hasRemaining() && block < blocks) {
        part.putInt(fixed ? block : VdiImage.UNALLOCATED);
        block++;
      }
      part.flip();
      int bytes = part.remaining();
      file.write(at, part);
      at += bytes;
    }
    file.resize(VdiHeader.BYTES + ((blocks * 4 + 511) & -512));
  }
}
