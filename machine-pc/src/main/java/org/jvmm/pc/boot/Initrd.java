package org.jvmm.pc.boot;

import java.io.IOException;

/**
 * The initial RAM disk in guest memory.
 *
 * @param start its address, or 0 if there is none
 * @param size its bytes, or 0
 */
record Initrd(long start, long size) {
  private static final Initrd NONE = new Initrd(0, 0);

  /**
   * Loads the request's initrd as high as it may lie, so that the kernel has room to grow.
   *
   * @param kernelEnd first address that it may touch
   * @param max last address below 4 GiB that it may touch
   * @param above4G whether it may lie above 4 GiB if it does not fit below
   * @throws BootException if it is unreadable or does not fit
   */
  static Initrd load(BootRequest request, long kernelEnd, long max, boolean above4G) {
    if (request.initrd() == null) {
      return NONE;
    }
    try (BootFile file = BootFile.open("initrd", request.initrd())) {
      if (file.size() == 0) {
        return NONE;
      }
      PcMemoryLayout layout = request.layout();
      long size = file.size();
      long top = Math.min(max + 1, layout.lowRamEnd());
      long start = alignDown(top - size);
      if (size > top || start < kernelEnd) {
        start = alignDown(layout.highRamEnd() - size);
        if (!above4G || size > layout.highRamSize()) {
          throw file.fault(
              "%,d bytes do not fit between the kernel's end at %#x and %#x (-m gives %d MiB)",
              size, kernelEnd, top, layout.ramSize() >> 20);
        }
      }
      try {
        file.seek(0);
        file.copyTo(request.memory(), start, size);
      } catch (IOException e) {
        throw file.fault(e);
      }
      return new Initrd(start, size);
    }
  }

  private static long alignDown(long address) {
    return address & -PcMemoryLayout.PAGE;
  }
}
