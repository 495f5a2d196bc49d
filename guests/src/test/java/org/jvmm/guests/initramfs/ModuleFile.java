package org.jvmm.guests.initramfs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes the smallest ELF files that pass for kernel modules. */
public final class ModuleFile {
  private ModuleFile() {}

  /** A relocatable file with a section .modinfo of the given strings. */
  public static byte[] of(boolean wide, String... strings) {
    byte[] info = (String.join("\0", strings) + "\0").getBytes(StandardCharsets.ISO_8859_1);
    byte[] names = "\0.modinfo\0.shstrtab\0".getBytes(StandardCharsets.ISO_8859_1);
    int header = wide ? 64 : 52;
    int entry = wide ? 64 : 40;
    int table = header + info.length + names.length;
    ByteBuffer elf = ByteBuffer.allocate(table + 3 * entry).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464C457F).put(4, (byte) (wide ? 2 : 1)).put(5, (byte) 1).put(6, (byte) 1);
    if (wide) {
      elf.putLong(0x28, table).putShort(0x3A, (short) entry);
      elf.putShort(0x3C, (short) 3).putShort(0x3E, (short) 2);
    } else {
      elf.putInt(0x20, table).putShort(0x2E, (short) entry);
      elf.putShort(0x30, (short) 3).putShort(0x32, (short) 2);
    }
    elf.put(header, info).put(header + info.length, names);
    section(elf, wide, table + entry, 1, header, info.length);
    section(elf, wide, table + 2 * entry, 10, header + info.length, names.length);
    return elf.array();
  }

  private static void section(ByteBuffer elf, boolean wide, int at, int name, int start, int size) {
    elf.putInt(at, name);
    if (wide) {
      elf.putLong(at + 0x18, start).putLong(at + 0x20, size);
    } else {
      elf.putInt(at + 0x10, start).putInt(at + 0x14, size);
    }
  }
}
