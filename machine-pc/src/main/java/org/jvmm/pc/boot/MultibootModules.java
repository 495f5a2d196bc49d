package org.jvmm.pc.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Modules of a Multiboot kernel, as QEMU takes them by {@code -initrd}: {@code "FILE ARGUMENTS,FILE
 * ARGUMENTS"}, a comma in a name being doubled.
 */
final class MultibootModules {
  /**
   * A module in guest memory.
   *
   * @param start its first address
   * @param end one past its last one
   * @param text its file name and arguments
   */
  record Module(long start, long end, String text) {}

  private MultibootModules() {}

  /** Takes the argument apart. */
  static List<String> parse(Path initrd) {
    List<String> modules = new ArrayList<>();
    if (initrd != null) {
      for (String text : initrd.toString().replace(",,", "\0").split(",")) {
        if (!text.isBlank()) {
          modules.add(text.strip().replace('\0', ','));
        }
      }
    }
    return modules;
  }

  /**
   * Loads the modules at page boundaries.
   *
   * @param from the first address that they may touch
   * @throws BootException if one is unreadable or does not fit
   */
  static List<Module> load(BootRequest request, long from) {
    List<Module> loaded = new ArrayList<>();
    long next = from;
    for (String text : parse(request.initrd())) {
      long start = next + PcMemoryLayout.PAGE - 1 & -PcMemoryLayout.PAGE;
      try (BootFile file = BootFile.open("module", Path.of(text.split(" ", 2)[0]))) {
        next = start + file.size();
        if (next > request.layout().lowRamEnd()) {
          throw file.fault(
              "%,d bytes do not fit between %#x and %#x (-m gives %d MiB)",
              file.size(), start, request.layout().lowRamEnd(), request.layout().ramSize() >> 20);
        }
        file.seek(0);
        file.copyTo(request.memory(), start, file.size());
      } catch (IOException e) {
        throw new BootException("module %s: %s".formatted(text, e.getMessage()), e);
      }
      loaded.add(new Module(start, next, text));
    }
    return loaded;
  }
}
