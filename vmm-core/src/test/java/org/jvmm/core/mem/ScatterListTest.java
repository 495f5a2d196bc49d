package org.jvmm.core.mem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ScatterListTest {
  private static final int ROM = 0x8000;

  private final MemoryMap map = new MemoryMap();
  private final GuestMemory memory = map.memory();
  private final RamBlock block = RamAllocator.HEAP.allocate("ram", 0x9000);
  private final ScatterList list = new ScatterList();

  ScatterListTest() {
    map.map(new MemorySlot("low", 0, 0x2000, block, 0, true));
    map.map(new MemorySlot("next", 0x2000, 0x1000, block, 0x4000, true));
    map.map(new MemorySlot("rom", ROM, 0x1000, block, ROM, false));
  }

  @AfterEach
  void close() {
    map.close();
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }

  @Test
  void bytesPassInTheOrderOfTheRuns() {
    assertTrue(memory.gather(0x1000, 2, true, list));
    assertTrue(memory.gather(0x2fff, 1, true, list));
    assertTrue(memory.gather(0x10, 1, true, list));
    assertEquals(4, list.remaining());
    list.put(bytes(1, 2, 3));
    list.put(bytes(4));
    assertEquals(0, list.remaining());
    assertEquals(0, list.vectors());
    assertEquals(0x201, memory.read16(0x1000));
    assertEquals(3, memory.read8(0x2fff));
    assertEquals(4, memory.read8(0x10));
  }

  @Test
  void memoryIsReadAndFilled() {
    memory.copyIn(0x100, new byte[] {1, 2, 3, 4});
    assertTrue(memory.gather(0x102, 2, false, list));
    assertTrue(memory.gather(0x100, 2, false, list));
    ByteBuffer target = ByteBuffer.allocateDirect(3);
    list.get(target);
    assertEquals(bytes(3, 4, 1), target.flip());
    list.fillWithZeroes();
    byte[] now = new byte[4];
    memory.copyOut(0x100, now, 0, 4);
    assertArrayEquals(new byte[] {1, 0, 3, 4}, now);
    assertEquals(0, list.remaining());
  }

  @Test
  void neighboursAreOneRunIfTheyAreNeighboursOnTheHostToo() {
    memory.gather(0x1000, 0x800, true, list);
    memory.gather(0x1800, 0x800, true, list);
    assertEquals(1, list.vectors());
    memory.gather(0x2000, 0x800, true, list);
    assertEquals(2, list.vectors());
  }

  @Test
  void theVectorsAreWhatIsLeft() {
    memory.gather(0x1000, 0x100, true, list);
    memory.gather(0x1200, 0x100, true, list);
    list.passed(0x180);
    assertEquals(1, list.vectors());
    assertEquals(0x80, list.remaining());
    assertEquals(block.address() + 0x1280, RawMemory.getLong(list.address()));
    assertEquals(0x80, RawMemory.getLong(list.address() + 8));
  }

  @Test
  void holesRomAndRangesAcrossSlotsAreRefused() {
    assertFalse(memory.gather(0x4000, 1, false, list));
    assertFalse(memory.gather(-8, 8, false, list));
    assertFalse(memory.gather(0x1fff, 2, true, list));
    assertFalse(memory.gather(0x2fff, 2, true, list));
    assertFalse(memory.gather(ROM, 1, true, list));
    assertTrue(memory.gather(ROM, 1, false, list));
    assertFalse(memory.gather(ROM + 1, 1, true, list));
    assertEquals(1, list.remaining());
  }

  @Test
  void aFullListTakesNoMore() {
    for (int i = 0; i < ScatterList.MOST; i++) {
      assertTrue(memory.gather(2 * i, 1, true, list));
    }
    assertFalse(memory.gather(0x2000, 1, true, list));
    assertEquals(ScatterList.MOST, list.remaining());
    list.clear();
    assertTrue(memory.gather(0x2000, 1, true, list));
    assertEquals(1, list.vectors());
  }

  @Test
  void whatTheHostHasWrittenIsTracked() {
    List<Long> dirty = new ArrayList<>();
    memory.gather(0x1ff0, 0x10, true, list);
    memory.gather(0xff0, 0x20, true, list);
    memory.trackWrites(dirty::add);
    list.fillWithZeroes();
    memory.written(list);
    assertEquals(List.of(1L, 0L, 1L), dirty);
  }

  @Test
  void moreThanIsLeftDoesNotPass() {
    memory.gather(0, 2, true, list);
    assertThrows(IndexOutOfBoundsException.class, () -> list.put(bytes(1, 2, 3)));
    assertEquals(0, memory.read8(2));
  }
}
