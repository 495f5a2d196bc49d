package org.jvmm.block.dir;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jvmm.block.BlockImage;
import org.jvmm.block.ImageException;
import org.jvmm.block.OpenOptions;

/** Opens directories by the names that make disks of them. */
public final class DirectoryDisks {
  private static final String FAT = "fat:";
  private static final String ISO = "iso:";

  private DirectoryDisks() {}

  /** Whether a name is one of a directory as a disk. */
  public static boolean names(String name) {
    return name.startsWith(FAT) || name.startsWith(ISO);
  }

  /**
   * Opens {@code fat:DIR} or {@code iso:DIR}; an {@link ImageException} tells what is in the way.
   */
  public static BlockImage open(String name, OpenOptions options) throws IOException {
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
      HostTree tree = HostTree.scan(Path.of(directory.replaceFirst("^(16|32):", "")));
      return name.startsWith(FAT) ? FatDisk.of(tree) : IsoDisk.of(tree);
    } catch (InvalidPathException e) {
      throw new ImageException("%s: no path: %s".formatted(name, e.getReason()));
    }
  }
}
