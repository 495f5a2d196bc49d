package org.jvmm.block.vhdx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.ImageFormat;
import org.jvmm.block.OpenOptions;

/** VHDX files, which are only read. */
public final class VhdxFormat implements ImageFormat {
  private static final long SIGNATURE = 0x7668647866696c65L; // "vhdxfile"

  @Override
  public String name() {
    return "vhdx";
  }

  @Override
  public boolean probe(ByteBuffer head, Path path) {
    return head.limit() >= 8 && head.getLong(0) == SIGNATURE;
  }

  @Override
  public BlockImage open(ImageFile file, OpenOptions options) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(8);
    file.read(0, head);
    if (head.getLong(0) != SIGNATURE) {
      throw new ImageException("vhdx: signature is %#x".formatted(head.getLong(0)));
    }
    if (!options.readOnly()) {
      throw new ImageException("vhdx: such images are only read; convert it to qcow2 or raw");
    }
    return new VhdxImage(file, VhdxLayout.read(file));
  }

  @Override
  public void create(ImageFile file, long size, CreateOptions options) throws IOException {
    throw new ImageException("vhdx: such images are only read, not made");
  }
}
