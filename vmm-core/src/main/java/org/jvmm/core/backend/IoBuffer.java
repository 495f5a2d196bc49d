package org.jvmm.core.backend;

import java.nio.ByteBuffer;

/** Memory that a host's file is read into and written from. */
public final class IoBuffer {
  private static final int PAGE = 4096;

  private IoBuffer() {}

  /**
   * A direct buffer of zeroes that begins at a page. One of {@link ByteBuffer#allocateDirect}
   * begins 16 bytes behind it, and the kernel's copy to and from the page cache ({@code rep movsb},
   * which wants lines of 64 bytes) is then up to half as fast.
   *
   * @param bytes its capacity
   */
  public static ByteBuffer allocate(int bytes) {
    int pages = Math.addExact(bytes, PAGE - 1) & -PAGE;
    ByteBuffer room = ByteBuffer.allocateDirect(Math.addExact(pages, PAGE));
    return room.alignedSlice(PAGE).slice(0, bytes);
  }
}
