package org.jvmm.pc.firmware;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.devices.i440fx.ShadowMemory;
import org.jvmm.pc.boot.BootException;
import org.jvmm.pc.boot.PcMemoryLayout;

/** A firmware image: it ends at 4 GiB, where the processor starts. */
public final class BiosRom {
  /** An image is a multiple of this. */
  private static final int UNIT = 64 << 10;

  /** Room below 4 GiB that no device of the board needs. */
  private static final int MOST = 8 << 20;

  private final byte[] image;

  private BiosRom(byte[] image) {
    this.image = image;
  }

  /**
   * Reads an image.
   *
   * @throws BootException if it cannot be read or is none
   */
  public static BiosRom read(Path file) {
    byte[] image = bytes("-bios", file, MOST);
    if (image.length == 0 || image.length % UNIT != 0) {
      throw new BootException(
          "-bios %s: %,d bytes; a firmware image is a multiple of 64 KiB, at most %d MiB"
              .formatted(file, image.length, MOST >> 20));
    }
    return new BiosRom(image);
  }

  /** Maps the image as ROM below 4 GiB, and its end below 1 MiB, behind the shadow memory. */
  public void map(MemoryMap memory, ShadowMemory shadow, RamAllocator allocator) {
    RamBlock rom = allocator.allocate("bios", image.length);
    long start = PcMemoryLayout.ROM_END - image.length;
    MemorySlot writable = new MemorySlot("bios", start, image.length, rom, 0, true);
    memory.map(writable);
    memory.memory().copyIn(start, image);
    memory.unmap(writable);
    memory.map(new MemorySlot("bios", start, image.length, rom, 0, false));
    long end = PcMemoryLayout.EXTENDED_MEMORY;
    long seen = Math.min(image.length, end - PcMemoryLayout.BIOS_WINDOW);
    shadow.addRom(end - seen, seen, rom, image.length - seen);
  }

  /**
   * A whole file that the user has named.
   *
   * @param option by which it was named, for errors
   * @param most bytes that are reasonable
   */
  static byte[] bytes(String option, Path file, long most) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new BootException("%s %s: no such file".formatted(option, file));
      }
      long size = Files.size(file);
      if (size > most) {
        throw new BootException(
            "%s %s: %,d bytes, more than %,d".formatted(option, file, size, most));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new BootException(
          "%s %s: cannot be read: %s".formatted(option, file, e.getMessage()), e);
    }
  }
}
