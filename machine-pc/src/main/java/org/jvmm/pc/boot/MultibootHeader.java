package org.jvmm.pc.boot;

import java.nio.ByteBuffer;

/**
 * The header by which a kernel is known to be a Multiboot kernel (Multiboot Specification 0.6.96,
 * section 3.1).
 *
 * @param at its offset in the file
 * @param flags what the kernel asks for
 */
record MultibootHeader(ByteBuffer head, int at, int flags) {
  private static final int MAGIC = 0x1BAD_B002;
  private static final int SEARCHED = 8192, ALIGNMENT = 4, SIZE = 12, SIZE_WITH_ADDRESSES = 32;

  /** Modules at page boundaries, the memory map, a video mode; and the addresses to load to. */
  private static final int PAGE_ALIGN = 1, MEMORY_INFO = 1 << 1, VIDEO_MODE = 1 << 2;

  private static final int HAS_ADDRESSES = 1 << 16;
  private static final int REQUIREMENTS = 0xffff;

  /**
   * Looks for the header.
   *
   * @return null if there is none
   */
  static MultibootHeader find(ByteBuffer head) {
    int end = Math.min(head.limit(), SEARCHED) - SIZE;
    for (int at = 0; at <= end; at += ALIGNMENT) {
      int flags = head.getInt(at + 4);
      if (head.getInt(at) == MAGIC && MAGIC + flags + head.getInt(at + 8) == 0) {
        return new MultibootHeader(head, at, flags);
      }
    }
    return null;
  }

  /** Bits of requirements that no loader of this version can meet. */
  int unknownRequirements() {
    return flags & REQUIREMENTS & ~(PAGE_ALIGN | MEMORY_INFO | VIDEO_MODE);
  }

  boolean wantsVideo() {
    return (flags & VIDEO_MODE) != 0;
  }

  /** Whether the header says where to load to, whatever the file's format. */
  boolean hasAddresses() {
    return (flags & HAS_ADDRESSES) != 0 && at + SIZE_WITH_ADDRESSES <= head.limit();
  }

  long headerAddress() {
    return field(12);
  }

  long loadAddress() {
    return field(16);
  }

  /** End of what is in the file, or 0 for all of it. */
  long loadEnd() {
    return field(20);
  }

  /** End of what is to be zeroed after it, or 0 for nothing. */
  long bssEnd() {
    return field(24);
  }

  long entry() {
    return field(28);
  }

  private long field(int offset) {
    return head.getInt(at + offset) & 0xffff_ffffL;
  }
}
