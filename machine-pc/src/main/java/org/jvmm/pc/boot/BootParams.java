package org.jvmm.pc.boot;

import java.util.List;
import org.jvmm.core.mem.GuestMemory;

/** Linux's struct boot_params (zero-page.rst), at {@link PcMemoryLayout#ZERO_PAGE}. */
final class BootParams {
  private static final int ACPI_RSDP_ADDR = 0x070;
  private static final int EXT_RAMDISK_IMAGE = 0x0C0, EXT_RAMDISK_SIZE = 0x0C4;
  private static final int E820_ENTRIES = 0x1E8, E820_TABLE = 0x2D0, E820_ENTRY_SIZE = 20;
  private static final int SETUP_HEADER = 0x1F1, BOOT_FLAG = 0x1FE, HEADER = 0x202, VERSION = 0x206;
  private static final int TYPE_OF_LOADER = 0x210, LOADFLAGS = 0x211, CODE32_START = 0x214;
  private static final int RAMDISK_IMAGE = 0x218, RAMDISK_SIZE = 0x21C, HEAP_END_PTR = 0x224;
  private static final int CMD_LINE_PTR = 0x228, KERNEL_ALIGNMENT = 0x230, CMDLINE_SIZE = 0x238;

  private static final int LOADER_UNDEFINED = 0xFF;

  /** A loader clears KASLR_FLAG, QUIET_FLAG and KEEP_SEGMENTS. */
  private static final int LOADED_HIGH = 0x01, CAN_USE_HEAP = 0x80;

  private static final int HEAP_END = 0xFE00;

  private BootParams() {}

  /** The setup header for an ELF kernel, which has none of its own: what its entry reads of it. */
  static byte[] defaultHeader() {
    byte[] header = new byte[CMDLINE_SIZE + 4 - SETUP_HEADER];
    put(header, BOOT_FLAG, 0xAA55);
    put(header, HEADER, 0x5372_6448);
    put(header, VERSION, 0x020F);
    put(header, KERNEL_ALIGNMENT, 0x100_0000);
    put(header, CMDLINE_SIZE, CommandLine.MAX_DEFAULT);
    return header;
  }

  private static void put(byte[] header, int at, int value) {
    for (int i = 0; i < 4 && value >>> 8 * i != 0; i++) {
      header[at - SETUP_HEADER + i] = (byte) (value >>> 8 * i);
    }
  }

  /**
   * Writes the zero page.
   *
   * @param setupHeader from 0x1F1 on: a bzImage's own, or {@link #defaultHeader}
   * @param loadAddress where the protected-mode kernel lies
   */
  static void write(BootRequest request, byte[] setupHeader, long loadAddress, Initrd initrd) {
    GuestMemory memory = request.memory();
    long page = PcMemoryLayout.ZERO_PAGE;
    memory.copyIn(page, new byte[(int) PcMemoryLayout.PAGE]);
    memory.copyIn(page + SETUP_HEADER, setupHeader);
    memory.write8(page + TYPE_OF_LOADER, LOADER_UNDEFINED);
    memory.write8(page + LOADFLAGS, LOADED_HIGH | CAN_USE_HEAP);
    memory.write16(page + HEAP_END_PTR, HEAP_END);
    memory.write32(page + CODE32_START, (int) loadAddress);
    memory.write32(page + CMD_LINE_PTR, (int) PcMemoryLayout.COMMAND_LINE);
    memory.write32(page + RAMDISK_IMAGE, (int) initrd.start());
    memory.write32(page + RAMDISK_SIZE, (int) initrd.size());
    memory.write32(page + EXT_RAMDISK_IMAGE, (int) (initrd.start() >> 32));
    memory.write32(page + EXT_RAMDISK_SIZE, (int) (initrd.size() >> 32));
    memory.write64(page + ACPI_RSDP_ADDR, request.rsdp());
    List<PcMemoryLayout.Range> map = request.layout().e820();
    memory.write8(page + E820_ENTRIES, map.size());
    long entry = page + E820_TABLE;
    for (PcMemoryLayout.Range range : map) {
      memory.write64(entry, range.start());
      memory.write64(entry + 8, range.size());
      memory.write32(entry + 16, range.type());
      entry += E820_ENTRY_SIZE;
    }
  }
}
