package org.jvmm.pc.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jvmm.core.mem.GuestMemory;

/**
 * The part of an ELF file that loading wants: class, entry and PT_LOAD segments, all checked
 * (System V ABI, chapters 4 and 5). It goes to the physical addresses that the program headers
 * give.
 */
final class ElfImage {
  private static final int MAGIC = 0x464C457F;
  private static final int CLASS_32 = 1, CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int ET_EXEC = 2, ET_DYN = 3;
  private static final int EM_386 = 3, EM_X86_64 = 62;
  private static final int PT_LOAD = 1, PT_NOTE = 4;
  private static final int ZEROS = 64 << 10;

  /** Notes are a few hundred bytes; more is not looked at. */
  private static final int NOTES_MAX = 64 << 10;

  /** Xen's public/elfnote.h: physical address of the PVH entry. */
  private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;

  private static final int XEN_NAME = 0x006E6558;

  private record Segment(
      long offset, long fileSize, long physical, long virtual, long size, long align) {
    long end() {
      return physical + size;
    }
  }

  private final BootFile file;
  private final boolean wide;
  private final long entry;
  private final List<Segment> loads = new ArrayList<>();
  private final List<Segment> notes = new ArrayList<>();

  static boolean hasMagic(ByteBuffer head) {
    return head.limit() >= 4 && head.getInt(0) == MAGIC;
  }

  /**
   * Parses the headers.
   *
   * @param head the image's first bytes, little-endian, the program headers among them
   * @param file the file to name in errors, which the image is or is packed into
   * @throws BootException if the image is no loadable x86 ELF
   */
  ElfImage(ByteBuffer head, BootFile file) {
    this.file = file;
    if (!hasMagic(head) || head.limit() < 64) {
      throw file.fault("ELF header: %d bytes, not 64", head.limit());
    }
    this.wide = head.get(4) == CLASS_64;
    require(wide || head.get(4) == CLASS_32, "EI_CLASS", head.get(4));
    require(head.get(5) == LITTLE_ENDIAN, "EI_DATA", head.get(5));
    int type = head.getShort(16) & 0xffff;
    require(type == ET_EXEC || type == ET_DYN, "e_type", type);
    int machine = head.getShort(18) & 0xffff;
    require(machine == (wide ? EM_X86_64 : EM_386), "e_machine", machine);
    long headers = word(head, wide ? 32 : 28);
    int each = head.getShort(wide ? 54 : 42) & 0xffff;
    int count = head.getShort(wide ? 56 : 44) & 0xffff;
    require(each == (wide ? 56 : 32), "e_phentsize", each);
    require(count > 0, "e_phnum", count);
    if (headers < 0 || headers > head.limit() - (long) count * each) {
      throw file.fault(
          "ELF e_phoff=%#x e_phnum=%d: beyond the first %#x bytes", headers, count, head.limit());
    }
    for (int i = 0; i < count; i++) {
      addSegment(head, (int) headers + i * each);
    }
    if (loads.isEmpty()) {
      throw file.fault("ELF: no PT_LOAD segment");
    }
    this.entry = physical(word(head, 24));
  }

  private void require(boolean good, String field, int value) {
    if (!good) {
      throw file.fault("ELF %s=%d: not an x86 kernel", field, value);
    }
  }

  /** An address or offset, which the ELF class makes 4 or 8 bytes wide. */
  private long word(ByteBuffer head, int at) {
    return wide ? head.getLong(at) : head.getInt(at) & 0xffff_ffffL;
  }

  private void addSegment(ByteBuffer head, int at) {
    int type = head.getInt(at);
    if (type != PT_LOAD && type != PT_NOTE) {
      return;
    }
    Segment segment =
        wide
            ? new Segment(
                head.getLong(at + 8),
                head.getLong(at + 32),
                head.getLong(at + 24),
                head.getLong(at + 16),
                head.getLong(at + 40),
                head.getLong(at + 48))
            : new Segment(
                word(head, at + 4),
                word(head, at + 16),
                word(head, at + 12),
                word(head, at + 8),
                word(head, at + 20),
                word(head, at + 28));
    if (type == PT_NOTE) {
      notes.add(segment);
    } else if (segment.size != 0) {
      if (segment.offset < 0 || segment.fileSize < 0 || segment.fileSize > segment.size) {
        throw file.fault(
            "ELF segment p_offset=%#x p_filesz=%#x p_memsz=%#x",
            segment.offset, segment.fileSize, segment.size);
      }
      loads.add(segment);
    }
  }

  /** e_entry should be physical in a kernel; one that is virtual is mapped through its segment. */
  private long physical(long address) {
    for (Segment segment : loads) {
      if (address - segment.physical >= 0 && address - segment.physical < segment.size) {
        return address;
      }
    }
    for (Segment segment : loads) {
      if (address - segment.virtual >= 0 && address - segment.virtual < segment.size) {
        return address - segment.virtual + segment.physical;
      }
    }
    throw file.fault("ELF e_entry=%#x: in no segment", address);
  }

  /** Whether it is an ELF64. */
  boolean wide() {
    return wide;
  }

  /** Physical address of the entry. */
  long entry() {
    return entry;
  }

  /** One past the highest physical address below 4 GiB of any segment, at least 1 MiB. */
  long end() {
    long end = PcMemoryLayout.EXTENDED_MEMORY;
    for (Segment segment : loads) {
      if (segment.physical < PcMemoryLayout.HIGH_RAM) {
        end = Math.max(end, segment.end());
      }
    }
    return end;
  }

  /**
   * Checks every segment against RAM and the others.
   *
   * @throws BootException if one is not in RAM above 1 MiB, or two overlap
   */
  void checkFits(PcMemoryLayout layout) {
    loads.sort(Comparator.comparingLong(Segment::physical));
    Segment before = null;
    for (Segment segment : loads) {
      if (segment.size < 0 || !layout.loadable(segment.physical, segment.size)) {
        throw file.fault(
            "ELF segment at p_paddr=%#x p_memsz=%#x is outside RAM (%#x to %#x; -m gives %d MiB)",
            segment.physical,
            segment.size,
            PcMemoryLayout.EXTENDED_MEMORY,
            layout.lowRamEnd(),
            layout.ramSize() >> 20);
      }
      if (before != null && before.end() > segment.physical) {
        throw file.fault(
            "ELF segments at p_paddr=%#x and %#x overlap", before.physical, segment.physical);
      }
      before = segment;
    }
    if (entry >= PcMemoryLayout.HIGH_RAM) {
      throw file.fault("ELF e_entry=%#x: above 4 GiB", entry);
    }
  }

  /**
   * Copies the segments to guest memory; {@link #checkFits} comes first.
   *
   * @throws IOException if the reader fails or ends inside a segment
   */
  void load(ImageReader reader, GuestMemory memory) throws IOException {
    if (!reader.randomAccess()) {
      loads.sort(Comparator.comparingLong(Segment::offset));
    }
    for (Segment segment : loads) {
      if (segment.fileSize > 0) {
        reader.seek(segment.offset);
        reader.copyTo(memory, segment.physical, segment.fileSize);
      }
    }
    for (Segment segment : loads) {
      zero(memory, segment.physical + segment.fileSize, segment.end());
    }
  }

  /** Clears guest memory from an address up to another. */
  static void zero(GuestMemory memory, long from, long end) {
    byte[] zeros = new byte[ZEROS];
    for (long at = from; at < end; at += zeros.length) {
      memory.copyIn(at, zeros, 0, (int) Math.min(zeros.length, end - at));
    }
  }

  /**
   * The PVH entry, from the ELF file itself.
   *
   * @return its physical address, or -1 if there is no note
   */
  long pvhEntry() {
    for (Segment note : notes) {
      if (note.offset < 0 || note.fileSize < 0 || note.offset > file.size() - note.fileSize) {
        throw file.fault(
            "truncated: ELF note p_offset=%#x p_filesz=%#x, file %#x",
            note.offset, note.fileSize, file.size());
      }
      byte[] bytes = file.bytes(note.offset, (int) Math.min(note.fileSize, NOTES_MAX));
      long found = pvhEntry(ByteBuffer.wrap(bytes).order(file.head().order()), note.align == 8);
      if (found >= 0) {
        return found;
      }
    }
    return -1;
  }

  private static long pvhEntry(ByteBuffer notes, boolean aligned8) {
    int pad = aligned8 ? 7 : 3;
    long at = 0;
    while (at + 12 <= notes.limit()) {
      int here = (int) at;
      long nameSize = notes.getInt(here) & 0xffff_ffffL;
      long valueSize = notes.getInt(here + 4) & 0xffff_ffffL;
      long value = at + 12 + nameSize + pad & ~(long) pad;
      if (notes.getInt(here + 8) == XEN_ELFNOTE_PHYS32_ENTRY
          && nameSize == 4
          && valueSize >= 4
          && value + 4 <= notes.limit()
          && notes.getInt(here + 12) == XEN_NAME) {
        return notes.getInt((int) value) & 0xffff_ffffL;
      }
      at = value + valueSize + pad & ~(long) pad;
    }
    return -1;
  }
}
