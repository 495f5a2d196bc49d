package org.jvmm.pc.firmware;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jvmm.pc.boot.PcMemoryLayout;

/**
 * The SMBIOS 2.8 tables (DMTF DSP0134) that describe the machine: system, enclosure, processor,
 * memory. The firmware adds its own BIOS information (type 0).
 */
final class Smbios {
  private static final String MANUFACTURER = "jvmm";
  private static final String PRODUCT = "Standard PC (i440FX + PIIX, 1996)";
  private static final String VERSION = "pc";

  private static final int ENTRY_SIZE = 0x1f, INTERMEDIATE = 0x10;
  private static final int MAJOR = 2, MINOR = 8;
  private static final int NO_HANDLE = 0xfffe, NO_CACHE = 0xffff;
  private static final int UNKNOWN_WIDTH = 0xffff, UNKNOWN_COUNT = 0;
  private static final int MEMORY_ARRAY = 0x1000;
  private static final long LARGEST_DIMM = 16L << 30;
  private static final long KIB = 1 << 10, MIB = 1 << 20;

  private final ByteArrayOutputStream tables = new ByteArrayOutputStream();
  private int count;
  private int longest;

  Smbios(UUID uuid, int vcpus, PcMemoryLayout layout) {
    system(uuid);
    enclosure();
    processor(vcpus);
    memory(layout.ramSize());
    mapped(0, 0, layout.lowRamEnd());
    if (layout.highRamSize() > 0) {
      mapped(1, PcMemoryLayout.HIGH_RAM, layout.highRamEnd());
    }
    add(new SmbiosTable(32, 0x2000).u8(0, 0, 0, 0, 0, 0, 0)); // boot status: no error
    add(new SmbiosTable(127, 0x7f00));
  }

  private void add(SmbiosTable table) {
    byte[] bytes = table.finish();
    tables.writeBytes(bytes);
    count++;
    longest = Math.max(longest, bytes.length);
  }

  private void system(UUID uuid) {
    int powerSwitch = 6;
    add(
        new SmbiosTable(1, 0x100)
            .string(MANUFACTURER)
            .string(PRODUCT)
            .string(VERSION)
            .u8(0)
            .uuid(uuid)
            .u8(powerSwitch, 0, 0));
  }

  private void enclosure() {
    int other = 1;
    int safe = 3;
    int unknown = 2;
    add(
        new SmbiosTable(3, 0x300)
            .string(MANUFACTURER)
            .u8(other)
            .string(VERSION)
            .u8(0, 0, safe, safe, safe, unknown)
            .u32(0)
            .u8(0, 0, 0, 0, 0));
  }

  /** One socket with all vCPUs as its cores. */
  private void processor(int vcpus) {
    int central = 3;
    int other = 1;
    int populatedAndEnabled = 0x41;
    int characteristicsUnknown = 2;
    int cores = vcpus > 0xff ? UNKNOWN_COUNT : vcpus;
    add(
        new SmbiosTable(4, 0x400)
            .string("CPU 0")
            .u8(central, other)
            .string(MANUFACTURER)
            .u64(0)
            .string(VERSION)
            .u8(0)
            .u16(0, 0, 0)
            .u8(populatedAndEnabled, other)
            .u16(NO_CACHE, NO_CACHE, NO_CACHE)
            .u8(0, 0, 0, cores, cores, cores)
            .u16(characteristicsUnknown, other));
  }

  private void memory(long ram) {
    int dimms = (int) ((ram + LARGEST_DIMM - 1) / LARGEST_DIMM);
    int other = 1;
    int systemMemory = 3;
    int multiBitEcc = 6;
    boolean large = ram / KIB >= 0x8000_0000L;
    add(
        new SmbiosTable(16, MEMORY_ARRAY)
            .u8(other, systemMemory, multiBitEcc)
            .u32(large ? 0x8000_0000L : ram / KIB)
            .u16(NO_HANDLE, dimms)
            .u64(large ? ram : 0));
    for (int i = 0; i < dimms; i++) {
      dimm(i, Math.min(ram - i * LARGEST_DIMM, LARGEST_DIMM));
    }
  }

  private void dimm(int index, long size) {
    int dimm = 9;
    int ram = 7;
    int otherDetail = 2;
    add(
        new SmbiosTable(17, 0x1100 + index)
            .u16(MEMORY_ARRAY, NO_HANDLE, UNKNOWN_WIDTH, UNKNOWN_WIDTH, (int) (size / MIB))
            .u8(dimm, 0)
            .string("DIMM " + index)
            .u8(0, ram)
            .u16(otherDetail, 0)
            .string(MANUFACTURER)
            .u8(0, 0, 0, 0)
            .u32(0)
            .u16(0, 0, 0, 0));
  }

  private void mapped(int index, long first, long end) {
    boolean far = end / KIB > 0xffff_ffffL;
    add(
        new SmbiosTable(19, 0x1300 + index)
            .u32(far ? 0xffff_ffffL : first / KIB)
            .u32(far ? 0xffff_ffffL : end / KIB - 1)
            .u16(MEMORY_ARRAY)
            .u8(1)
            .u64(far ? first : 0)
            .u64(far ? end - 1 : 0));
  }

  /** The structures. */
  byte[] tables() {
    return tables.toByteArray();
  }

  /** The entry point (section 5.2.1), which the firmware gives the tables' address. */
  byte[] anchor() {
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    entry.put("_SM_".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    entry.put((byte) ENTRY_SIZE).put((byte) MAJOR).put((byte) MINOR).putShort((short) longest);
    entry.position(INTERMEDIATE).put("_DMI_".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    entry.putShort((short) tables.size()).putInt(0).putShort((short) count);
    entry.put((byte) (MAJOR << 4 | MINOR));
    entry.put(INTERMEDIATE + 5, sum(entry, INTERMEDIATE));
    entry.put(4, sum(entry, 0));
    return entry.array();
  }

  /** What makes the bytes from an offset on sum up to 0. */
  private static byte sum(ByteBuffer bytes, int from) {
    int sum = 0;
    for (int i = from; i < bytes.capacity(); i++) {
      sum += bytes.get(i);
    }
    return (byte) -sum;
  }
}
