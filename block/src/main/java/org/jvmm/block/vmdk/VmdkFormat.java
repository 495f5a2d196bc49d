package org.jvmm.block.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jvmm.block.BlockImage;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.ImageException;
import org.jvmm.block.ImageFile;
import org.jvmm.block.ImageFormat;
import org.jvmm.block.OpenOptions;

/** VMDK disks. */
public final class VmdkFormat implements ImageFormat {
  private static final int ESX_SPARSE = 0x434f5744; // "COWD"

  @Override
  public String name() {
    return "vmdk";
  }

  @Override
  public boolean probe(ByteBuffer head, Path path) {
    if (head.limit() < 4) {
      return false;
    }
    int magic = head.getInt(0);
    return Integer.reverseBytes(magic) == SparseHeader.MAGIC
        || magic == ESX_SPARSE
        || isDescriptor(head);
  }

  private static boolean isDescriptor(ByteBuffer head) {
    byte[] bytes = new byte[Math.min(head.limit(), 64)];
    head.get(0, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .stripLeading()
        .startsWith(Descriptor.MAGIC);
  }

  @Override
  public BlockImage open(ImageFile file, OpenOptions options) throws IOException {
    ByteBuffer magic = ByteBuffer.allocate(4);
    file.read(0, magic);
    if (magic.getInt(0) == ESX_SPARSE) {
      throw new ImageException("vmdk: magicNumber is COWD: sparse files of ESX are not supported");
    }
    return new VmdkOpener(file, options).open();
  }

  @Override
  public void create(ImageFile file, long size, CreateOptions options) throws IOException {
    new VmdkCreator(file, options).create(size);
  }
}
