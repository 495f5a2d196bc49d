package org.jvmm.guests.initramfs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.guests.fetch.GuestException;

/**
 * What a kernel module says about itself in the section .modinfo: "key=value" strings, each ended
 * by NUL.
 *
 * @param depends modules whose symbols it uses
 * @param aliases patterns of devices and services that it answers to
 * @param softDepends modules or aliases that should be there as well
 */
public record ModuleInfo(List<String> depends, List<String> aliases, List<String> softDepends) {
  private static final int ELF_MAGIC = 0x464C457F;

  /** Reads a relocatable ELF file, 32 or 64 bits, little-endian (System V ABI, chapter 4). */
  public static ModuleInfo parse(String name, byte[] elf) throws GuestException {
    try {
      return ofStrings(section(ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new GuestException("%s: no kernel module: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** Module names are the same with dashes and underscores; modprobe's form is the latter. */
  public static String canonical(String name) {
    return name.replace('-', '_');
  }

  private static ModuleInfo ofStrings(byte[] section) {
    List<String> depends = new ArrayList<>();
    List<String> aliases = new ArrayList<>();
    List<String> soft = new ArrayList<>();
    for (String line : new String(section, StandardCharsets.ISO_8859_1).split("\0+")) {
      if (line.startsWith("depends=")) {
        addWords(depends, line.substring(8), ",");
      } else if (line.startsWith("alias=")) {
        aliases.add(line.substring(6));
      } else if (line.startsWith("softdep=")) {
        addWords(soft, line.substring(8).replaceAll("\\b(pre|post):", ""), "\\s+");
      }
    }
    return new ModuleInfo(List.copyOf(depends), List.copyOf(aliases), List.copyOf(soft));
  }

  private static void addWords(List<String> list, String text, String separator) {
    for (String word : text.split(separator)) {
      if (!word.isBlank()) {
        list.add(word.strip());
      }
    }
  }

  private static byte[] section(ByteBuffer elf) {
    if (elf.getInt(0) != ELF_MAGIC) {
      throw new IllegalArgumentException("not an ELF file");
    }
    boolean wide = elf.get(4) == 2;
    long table = wide ? elf.getLong(0x28) : elf.getInt(0x20) & 0xFFFFFFFFL;
    int entry = elf.getShort(wide ? 0x3A : 0x2E) & 0xFFFF;
    int count = elf.getShort(wide ? 0x3C : 0x30) & 0xFFFF;
    int names = elf.getShort(wide ? 0x3E : 0x32) & 0xFFFF;
    long namesAt = offset(elf, Math.addExact(table, (long) names * entry), wide);
    for (int i = 0; i < count; i++) {
      long header = table + (long) i * entry;
      long name = namesAt + elf.getInt(index(header));
      if (stringAt(elf, name).equals(".modinfo")) {
        int at = index(offset(elf, header, wide));
        int size =
            index(wide ? elf.getLong(index(header + 0x20)) : elf.getInt(index(header + 0x14)));
        byte[] content = new byte[Math.min(size, elf.capacity())];
        elf.get(at, content);
        return content;
      }
    }
    throw new IllegalArgumentException("no section .modinfo");
  }

  private static long offset(ByteBuffer elf, long header, boolean wide) {
    int field = index(header + (wide ? 0x18 : 0x10));
    return wide ? elf.getLong(field) : elf.getInt(field) & 0xFFFFFFFFL;
  }

  private static String stringAt(ByteBuffer elf, long at) {
    StringBuilder text = new StringBuilder();
    for (int i = index(at); elf.get(i) != 0; i++) {
      text.append((char) (elf.get(i) & 0xFF));
    }
    return text.toString();
  }

  private static int index(long offset) {
    if (offset < 0 || offset > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("offset %#x".formatted(offset));
    }
    return (int) offset;
  }
}
