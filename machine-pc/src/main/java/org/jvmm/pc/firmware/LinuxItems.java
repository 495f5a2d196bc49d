package org.jvmm.pc.firmware;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jvmm.devices.fwcfg.FwCfgItems;
import org.jvmm.devices.fwcfg.FwCfgKey;
import org.jvmm.pc.boot.BootException;
import org.jvmm.pc.boot.PcMemoryLayout;

/**
 * A Linux kernel handed to firmware, which loads it by itself or by an option ROM such as QEMU's
 * linuxboot. Field offsets are those of Linux's Documentation/arch/x86/boot.rst.
 */
public final class LinuxItems {
  private static final long MOST = 1L << 30;
  private static final int SECTOR = 512, OLD_SETUP_SECTORS = 4, HEADER_END = 0x230;
  private static final int SETUP_SECTS = 0x1f1, MAGIC_AT = 0x202, MAGIC = 0x5372_6448;
  private static final int TYPE_OF_LOADER = 0x210, LOADFLAGS = 0x211;
  private static final int RAMDISK_IMAGE = 0x218, RAMDISK_SIZE = 0x21c, HEAP_END_PTR = 0x224;
  private static final int CMD_LINE_PTR = 0x228, INITRD_ADDR_MAX = 0x22c;
  private static final int QEMU_LOADER = 0xb0, CAN_USE_HEAP = 0x80;

  /** Where QEMU's option ROM puts the parts. */
  private static final int SETUP = 0x1_0000, COMMAND_LINE = 0x2_0000, KERNEL = 0x10_0000;

  /** The firmware's own memory below the end of RAM. */
  private static final long FIRMWARES = 1 << 17;

  private LinuxItems() {}

  /**
   * Adds the items of a kernel.
   *
   * @param initrd or null
   * @throws BootException if one of the files cannot be read, or the kernel is no bzImage
   */
  public static void add(
      FwCfgItems items, Path kernel, Path initrd, String commandLine, PcMemoryLayout layout) {
    byte[] image = BiosRom.bytes("-kernel", kernel, MOST);
    ByteBuffer header = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    if (image.length < HEADER_END || header.getInt(MAGIC_AT) != MAGIC) {
      throw new BootException(
          "-kernel %s: firmware takes a bzImage; leave -bios out for others".formatted(kernel));
    }
    int sectors = image[SETUP_SECTS] == 0 ? OLD_SETUP_SECTORS : image[SETUP_SECTS] & 0xff;
    int setupSize = Math.min((sectors + 1) * SECTOR, image.length);
    byte[] line = (commandLine + "\0").getBytes(StandardCharsets.UTF_8);
    header.put(TYPE_OF_LOADER, (byte) QEMU_LOADER);
    header.put(LOADFLAGS, (byte) (image[LOADFLAGS] | CAN_USE_HEAP));
    header.putShort(HEAP_END_PTR, (short) (COMMAND_LINE - SETUP - SECTOR));
    header.putInt(CMD_LINE_PTR, COMMAND_LINE);
    if (initrd != null) {
      byte[] disk = BiosRom.bytes("-initrd", initrd, MOST);
      long most = Math.min(header.getInt(INITRD_ADDR_MAX) & 0xffff_ffffL, layout.lowRamEnd() - 1);
      long at = most - FIRMWARES - disk.length & -4096L;
      if (at < KERNEL + image.length) {
        throw new BootException("-initrd %s: does not fit (-m)".formatted(initrd));
      }
      header.putInt(RAMDISK_IMAGE, (int) at).putInt(RAMDISK_SIZE, disk.length);
      items.u32(FwCfgKey.INITRD_ADDR, at).u32(FwCfgKey.INITRD_SIZE, disk.length);
      items.bytes(FwCfgKey.INITRD_DATA, disk);
    }
    items.u32(FwCfgKey.SETUP_ADDR, SETUP).u32(FwCfgKey.SETUP_SIZE, setupSize);
    items.bytes(FwCfgKey.SETUP_DATA, Arrays.copyOf(image, setupSize));
    items.u32(FwCfgKey.KERNEL_ADDR, KERNEL).u32(FwCfgKey.KERNEL_SIZE, image.length - setupSize);
    items.bytes(FwCfgKey.KERNEL_DATA, Arrays.copyOfRange(image, setupSize, image.length));
    items.u32(FwCfgKey.CMDLINE_ADDR, COMMAND_LINE).u32(FwCfgKey.CMDLINE_SIZE, line.length);
    items.bytes(FwCfgKey.CMDLINE_DATA, line);
  }
}
