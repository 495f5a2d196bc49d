package org.jvmm.pc.boot;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The setup header of a bzImage (boot.rst, "The Real-Mode Kernel Header"), its fields checked.
 * Names and offsets are those of struct setup_header.
 */
final class SetupHeader {
  private static final int SETUP_SECTS = 0x1F1, SYSSIZE = 0x1F4, BOOT_FLAG = 0x1FE, JUMP = 0x200;
  private static final int HEADER = 0x202, VERSION = 0x206, LOADFLAGS = 0x211;
  private static final int INITRD_ADDR_MAX = 0x22C, KERNEL_ALIGNMENT = 0x230;
  private static final int RELOCATABLE_KERNEL = 0x234, XLOADFLAGS = 0x236, CMDLINE_SIZE = 0x238;
  private static final int PAYLOAD_OFFSET = 0x248, PAYLOAD_LENGTH = 0x24C;
  private static final int PREF_ADDRESS = 0x258, INIT_SIZE = 0x260;

  /** The header's last byte is before this one in any version: edd_mbr_sig_buffer follows. */
  private static final int HEADER_LIMIT = 0x290;

  private static final int HDRS = 0x5372_6448;
  private static final int SECTOR = 512;

  /** 2.10 brought pref_address and init_size; before, nobody knows what room a kernel needs. */
  private static final int VERSION_MIN = 0x20A;

  private static final int VERSION_XLOADFLAGS = 0x20C;
  private static final int LOADED_HIGH = 1;
  private static final int XLF_KERNEL_64 = 1, XLF_CAN_BE_LOADED_ABOVE_4G = 2;

  private final ByteBuffer head;
  private final BootFile file;
  private final long setupSize;
  private final long protectedSize;

  static boolean hasMagic(ByteBuffer head) {
    return head.limit() >= HEADER + 4
        && head.getInt(HEADER) == HDRS
        && (head.getShort(BOOT_FLAG) & 0xffff) == 0xAA55;
  }

  /**
   * Checks the header.
   *
   * @throws BootException if the file is truncated, too old, or contradicts itself
   */
  SetupHeader(BootFile file) {
    this.file = file;
    this.head = file.head();
    if (head.limit() < INIT_SIZE + 4) {
      throw file.fault("truncated: %d bytes, the setup header has %d", head.limit(), INIT_SIZE + 4);
    }
    int version = head.getShort(VERSION) & 0xffff;
    if (version < VERSION_MIN) {
      throw file.fault(
          "boot protocol %d.%02d is too old, 2.10 (Linux 2.6.31) is the least",
          version >> 8, version & 0xff);
    }
    if ((head.get(LOADFLAGS) & LOADED_HIGH) == 0) {
      throw file.fault("loadflags=%#x: a zImage, not a bzImage", head.get(LOADFLAGS));
    }
    int sectors = head.get(SETUP_SECTS) & 0xff;
    this.setupSize = ((sectors == 0 ? 4 : sectors) + 1) * (long) SECTOR;
    this.protectedSize = Math.min(u32(SYSSIZE) * 16, Math.max(0, file.size() - setupSize));
    // The last paragraph need not be whole.
    if (u32(SYSSIZE) == 0 || protectedSize < u32(SYSSIZE) * 16 - 15) {
      throw file.fault(
          "truncated: setup_sects=%d syssize=%#x want %,d bytes, the file has %,d",
          sectors, u32(SYSSIZE), setupSize + u32(SYSSIZE) * 16, file.size());
    }
    if (u32(PAYLOAD_OFFSET) + u32(PAYLOAD_LENGTH) > protectedSize) {
      throw file.fault(
          "payload_offset=%#x payload_length=%#x: beyond the %#x bytes of the kernel",
          u32(PAYLOAD_OFFSET), u32(PAYLOAD_LENGTH), protectedSize);
    }
    long alignment = u32(KERNEL_ALIGNMENT);
    if (relocatable() && (Long.bitCount(alignment) != 1 || alignment < PcMemoryLayout.PAGE)) {
      throw file.fault("kernel_alignment=%#x: no power of two of at least 4096", alignment);
    }
  }

  private long u32(int at) {
    return head.getInt(at) & 0xffff_ffffL;
  }

  /** struct setup_header as it goes into boot_params at 0x1F1. */
  byte[] copy() {
    int end = Math.min(HEADER + (head.get(JUMP + 1) & 0xff), HEADER_LIMIT);
    byte[] bytes = new byte[Math.max(end, INIT_SIZE + 4)];
    head.get(0, bytes);
    return Arrays.copyOfRange(bytes, SETUP_SECTS, bytes.length);
  }

  /** Offset of the 32- or 64-bit part in the file. */
  long protectedOffset() {
    return setupSize;
  }

  /** Bytes of the 32- or 64-bit part. */
  long protectedSize() {
    return protectedSize;
  }

  /** Offset of the compressed kernel in the file. */
  long payloadOffset() {
    return setupSize + u32(PAYLOAD_OFFSET);
  }

  /** Bytes of the compressed kernel, its trailer included; 0 if the header names none. */
  long payloadSize() {
    return u32(PAYLOAD_LENGTH);
  }

  /**
   * Linear memory that the kernel wants from its load address on before it knows the memory map.
   */
  long initSize() {
    return u32(INIT_SIZE);
  }

  private boolean relocatable() {
    return head.get(RELOCATABLE_KERNEL) != 0;
  }

  /**
   * Where the protected-mode kernel goes.
   *
   * @throws BootException if the header's address is none
   */
  long loadAddress() {
    long preferred = head.getLong(PREF_ADDRESS);
    if (!relocatable()) {
      return PcMemoryLayout.EXTENDED_MEMORY;
    }
    if (preferred < 0 || preferred >= PcMemoryLayout.HIGH_RAM) {
      throw file.fault("pref_address=%#x: not below 4 GiB", preferred);
    }
    long alignment = u32(KERNEL_ALIGNMENT);
    return Math.max(preferred, PcMemoryLayout.EXTENDED_MEMORY) + alignment - 1 & -alignment;
  }

  private int xloadflags() {
    int version = head.getShort(VERSION) & 0xffff;
    return version >= VERSION_XLOADFLAGS ? head.getShort(XLOADFLAGS) : 0;
  }

  /** Whether there is a 64-bit entry at 0x200. */
  boolean has64BitEntry() {
    return (xloadflags() & XLF_KERNEL_64) != 0;
  }

  /** Whether initrd, command line and boot_params may lie above 4 GiB. */
  boolean canBeLoadedAbove4G() {
    return (xloadflags() & XLF_CAN_BE_LOADED_ABOVE_4G) != 0;
  }

  /** Highest address an initrd below 4 GiB may touch. */
  long initrdAddressMax() {
    return u32(INITRD_ADDR_MAX);
  }

  /** Longest command line, without its terminating zero. */
  int commandLineMax() {
    return (int) Math.min(u32(CMDLINE_SIZE), PcMemoryLayout.COMMAND_LINE_ROOM - 1);
  }
}
