package org.jvmm.core.mem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class GuestMemoryTest {
  private static final long HIGH = 0x1_0000_0000L;

  private final MemoryMap map = new MemoryMap();
  private final GuestMemory memory = map.memory();
  private RamBlock block;

  @BeforeEach
  void mapTwoRegionsAndARom() {
    block = RamAllocator.HEAP.allocate("ram", 0x6000);
    map.map(new MemorySlot("low", 0, 0x2000, block, 0, true));
    map.map(new MemorySlot("next", 0x2000, 0x1000, block, 0x4000, true));
    map.map(new MemorySlot("high", HIGH, 0x1000, block, 0x2000, true));
    map.map(new MemorySlot("rom", 0xf000, 0x1000, block, 0x3000, false));
  }

  @AfterEach
  void close() {
    map.close();
  }

  @Test
  void wordsAreLittleEndianInEveryRegion() {
    for (long gpa : new long[] {0, 0x1ff8, HIGH, HIGH + 0xff8}) {
      memory.write64(gpa, 0x8877665544332211L);
      assertEquals(0x11, memory.read8(gpa));
      assertEquals(0x3322, memory.read16(gpa + 1));
      assertEquals(0x66554433, memory.read32(gpa + 2));
      assertEquals(0x8877665544332211L, memory.read64(gpa));
    }
  }

  @Test
  void anAccessMayCrossFromOneSlotToTheNext() {
    memory.write64(0x1ffd, 0x0807060504030201L);
    assertEquals(0x0807060504030201L, memory.read64(0x1ffd));
    assertEquals(0x04, memory.read8(0x2000));
  }

  @Test
  void holesReadAllOnesAndLoseWrites() {
    memory.write32(0x3000, 1);
    assertEquals(-1, memory.read32(0x3000));
    assertEquals(-1L, memory.read64(-8));
    assertEquals(0xff, memory.read8(Long.MIN_VALUE));
    memory.write64(Long.MAX_VALUE, 1);
    memory.write16(0x2fff, 0x2211);
    assertEquals(0xff11, memory.read16(0x2fff));
  }

  @Test
  void romKeepsItsContents() {
    memory.write32(0xf000, 0x1234);
    memory.copyIn(0xf000, new byte[] {1, 2, 3});
    assertEquals(0, memory.read32(0xf000));
  }

  @Test
  void copiesCrossSlotsAndHoles() {
    byte[] out = new byte[0x2000];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (i * 7 + 1);
    }
    memory.copyIn(0x1800, out, 0, out.length); // ends 0x800 beyond RAM
    byte[] in = new byte[out.length];
    memory.copyOut(0x1800, in, 0, in.length);
    for (int i = 0; i < out.length; i++) {
      assertEquals(i < 0x1800 ? out[i] : (byte) 0xff, in[i], "byte " + i);
    }
  }

  @Test
  void aCopyThatStartsInAHoleFindsTheNextRegion() {
    memory.write8(HIGH, 0x5a);
    byte[] in = new byte[4];
    memory.copyOut(HIGH - 2, in, 0, 4);
    assertArrayEquals(new byte[] {-1, -1, 0x5a, 0}, in);
  }

  @Test
  void backedTellsWhetherEveryByteIsMemory() {
    assertTrue(memory.backed(0, 0x3000));
    assertFalse(memory.backed(0, 0x3001));
    assertTrue(memory.backed(HIGH, 0x1000));
    assertFalse(memory.backed(-1, 2));
    assertFalse(memory.backed(0, Long.MAX_VALUE));
  }

  @Test
  void writesAreTrackedByPage() {
    List<Long> dirty = new ArrayList<>();
    GuestMemory.DirtyPages tracker = dirty::add;
    memory.trackWrites(tracker);
    memory.write8(0x1000, 1);
    memory.copyIn(0xfff, new byte[2]);
    memory.untrackWrites(tracker);
    memory.write8(0, 1);
    assertEquals(List.of(1L, 0L, 1L), dirty);
  }

  @Test
  void overlappingSlotsAreRefusedByName() {
    MemorySlot again = new MemorySlot("again", 0x1000, 0x1000, block, 0, true);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> map.map(again));
    assertTrue(e.getMessage().contains("again") && e.getMessage().contains("low"), e.getMessage());
  }

  @Test
  void listenersHearOfSlotsOldAndNew() {
    List<String> heard = new ArrayList<>();
    map.addListener(
        new MemoryListener() {
          @Override
          public void added(MemorySlot slot) {
            heard.add("+" + slot.name());
          }

          @Override
          public void removed(MemorySlot slot) {
            heard.add("-" + slot.name());
          }
        });
    MemorySlot extra = new MemorySlot("extra", 0x20000, 0x1000, block, 0, true);
    map.map(extra);
    map.unmap(extra);
    assertEquals(List.of("+low", "+next", "+rom", "+high", "+extra", "-extra"), heard);
  }
}
