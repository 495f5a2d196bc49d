package org.jvmm.devices.i440fx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamBlock;

/**
 * What is seen between 640 KiB and 1 MiB: in each of 13 segments RAM, or the ROM beside it, with
 * reads and writes going separate ways (82441FX section 4.1); below them the VGA's window, or RAM
 * while SMRAM is open.
 *
 * <p>RAM and ROM are memory slots. Writes to RAM that is not read - a BIOS that copies itself into
 * the RAM behind it - have no slot and come here through the window at {@link #START}; so do writes
 * that go to ROM, and are lost. A bus master's writes to such a segment are lost, on hardware they
 * reach the RAM.
 */
public final class ShadowMemory implements MmioDevice {
  /** First address of the first segment, and the bytes up to 1 MiB: the window to attach. */
  public static final long START = 0xC_0000, SIZE = 0x4_0000;

  /** Number of segments: twelve of 16 KiB, and the last of 64 KiB. */
  public static final int SEGMENTS = 13;

  /** Attributes of a segment: reads, or writes, go to RAM. */
  public static final int RE = 1, WE = 2;

  private static final long SEGMENT = 0x4000, LAST_SEGMENT = 0xF_0000;
  private static final long VGA = 0xA_0000, VGA_SIZE = 0x2_0000;

  // Configuration
  private final MemoryMap map;
  private final RamBlock ram;
  private final MemorySlot openSmram;

  /** All the RAM of the area, shown or not. */
  private final GuestMemory behind;

  /** A slot-like view of the ROM that each page of 16 KiB of the area shows, or null. */
  private final RamBlock[] rom = new RamBlock[(int) (SIZE / SEGMENT)];

  private final long[] romOffset = new long[rom.length];

  // Volatile state
  private final int[] attributes = new int[SEGMENTS];
  private List<MemorySlot> mapped = List.of();
  private boolean smramOpen;

  /**
   * The area with nothing mapped yet.
   *
   * @param ram the RAM of which the first MiB lies at the block's start
   */
  public ShadowMemory(MemoryMap map, RamBlock ram) {
    this.map = map;
    this.ram = ram;
    MemoryMap unseen = new MemoryMap();
    unseen.map(new MemorySlot("ram.shadow", START, SIZE, ram, START, true));
    behind = unseen.memory();
    openSmram = new MemorySlot("smram", VGA, VGA_SIZE, ram, VGA, true);
  }

  /**
   * Puts ROM into the area.
   *
   * @param gpa where, a multiple of 16 KiB
   * @param size a multiple of 16 KiB
   * @param offset where in the block it starts
   */
  public synchronized void addRom(long gpa, long size, RamBlock block, long offset) {
    if (gpa < START || gpa + size > START + SIZE || ((gpa | size) & SEGMENT - 1) != 0) {
      throw new IllegalArgumentException("ROM at %#x+%#x".formatted(gpa, size));
    }
    for (long at = 0; at < size; at += SEGMENT) {
      int page = (int) ((gpa - START + at) / SEGMENT);
      rom[page] = block;
      romOffset[page] = offset + at;
    }
    remap();
  }

  /**
   * Maps what the registers say.
   *
   * @param newAttributes of each segment, {@link #RE} and {@link #WE}
   * @param openSmramToAll whether the VGA's window shows RAM
   */
  synchronized void show(int[] newAttributes, boolean openSmramToAll) {
    if (openSmramToAll != smramOpen) {
      smramOpen = openSmramToAll;
      if (smramOpen && map.isFree(VGA, VGA_SIZE)) {
        map.map(openSmram);
      } else if (map.slots().contains(openSmram)) {
        map.unmap(openSmram);
      }
    }
    if (!Arrays.equals(attributes, newAttributes)) {
      System.arraycopy(newAttributes, 0, attributes, 0, SEGMENTS);
      remap();
    }
  }

  /** Replaces the slots that change, and only these. */
  private void remap() {
    List<MemorySlot> wanted = wantedSlots();
    for (MemorySlot slot : mapped) {
      if (!wanted.contains(slot)) {
        map.unmap(slot);
      }
    }
    for (MemorySlot slot : wanted) {
      if (!mapped.contains(slot)) {
        map.map(slot);
      }
    }
    mapped = wanted;
  }

  /** As few slots as do: neighbours of one block with equal rights are one. */
  private List<MemorySlot> wantedSlots() {
    List<MemorySlot> slots = new ArrayList<>();
    for (int page = 0; page < rom.length; page++) {
      MemorySlot next = slotOf(page);
      MemorySlot last = slots.isEmpty() ? null : slots.get(slots.size() - 1);
      if (next != null && last != null && continues(last, next)) {
        slots.set(
            slots.size() - 1,
            new MemorySlot(
                last.name(),
                last.gpa(),
                last.size() + next.size(),
                last.block(),
                last.offset(),
                last.writable()));
      } else if (next != null) {
        slots.add(next);
      }
    }
    return slots;
  }

  private static boolean continues(MemorySlot last, MemorySlot next) {
    return last.end() == next.gpa()
        && last.block().equals(next.block())
        && last.offset() + last.size() == next.offset()
        && last.writable() == next.writable();
  }

  private MemorySlot slotOf(int page) {
    long gpa = START + page * SEGMENT;
    int shown = attributes[segment(gpa)];
    if ((shown & RE) != 0) {
      return new MemorySlot("ram.shadow", gpa, SEGMENT, ram, gpa, (shown & WE) != 0);
    }
    return rom[page] == null
        ? null
        : new MemorySlot("rom.low", gpa, SEGMENT, rom[page], romOffset[page], false);
  }

  private static int segment(long gpa) {
    return gpa >= LAST_SEGMENT ? SEGMENTS - 1 : (int) ((gpa - START) / SEGMENT);
  }

  /** Reads where neither RAM nor ROM is. */
  @Override
  public long read(long offset, int size) {
    return -1;
  }

  /** Writes that no slot takes. */
  @Override
  public void write(long offset, int size, long value) {
    for (int i = 0; i < size; i++) {
      long gpa = START + offset + i;
      if ((attributes[segment(gpa)] & WE) != 0) {
        behind.write8(gpa, (int) (value >> 8 * i));
      }
    }
  }
}
