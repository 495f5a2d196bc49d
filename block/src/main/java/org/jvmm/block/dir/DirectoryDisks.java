package org.jvmm.block.dir;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jvmm.block.BlockImage;
import org.jvmm.block.DiskScheme;
import org.jvmm.block.ImageException;
import org.jvmm.block.OpenOptions;

/** Directories as disks: {@code fat:DIR} and {@code iso:DIR}. */
public final class DirectoryDisks implements DiskScheme {
  private static final String FAT = "fat:";
  private static final String ISO = "iso:";

  @Override
  public List<String> prefixes() {
    return List.of(FAT, ISO);
  }

  @Override
  public BlockImage open(String name, OpenOptions options) throws IOException {
    String directory = name.substring(FAT.length());
    if (name.startsWith(FAT) && directory.startsWith("rw:")) {
      throw new ImageException(
          name + ": a directory is a read-only disk; put what shall be written in an image");
    }
    if (name.startsWith(FAT) && directory.startsWith("floppy:")) {
      throw new ImageException(name + ": a directory is a hard disk or a CD-ROM, no floppy");
    }
    if (!options.readOnly()) {
      throw new ImageException(name + ": a directory is a read-only disk (readonly=on)");
    }
    try {
      HostTree tree = HostTree.scan(Path.of(directory));
      return name.startsWith(FAT) ? FatDisk.of(tree) : IsoDisk.of(tree);
    } catch (InvalidPathException e) {
      throw new ImageException("%s: no path: %s".formatted(name, e.getReason()));
    }
  }
}
