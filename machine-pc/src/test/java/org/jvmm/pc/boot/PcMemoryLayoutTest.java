package org.jvmm.pc.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.jvmm.pc.boot.PcMemoryLayout.Range;

class PcMemoryLayoutTest {
  private static final long GIB = 1L << 30;

  @Test
  void ramContinuesAtFourGibibytesOnceItMeetsTheHole() {
    PcMemoryLayout most = new PcMemoryLayout(0xE000_0000L);
    assertEquals(0xE000_0000L, most.lowRamEnd());
    assertEquals(0, most.highRamSize());
    PcMemoryLayout split = new PcMemoryLayout(8 * GIB);
    assertEquals(3 * GIB, split.lowRamEnd());
    assertEquals(5 * GIB, split.highRamSize());
    assertEquals(9 * GIB, split.highRamEnd());
    assertEquals(new Range(4 * GIB, 5 * GIB, Range.RAM), split.e820().get(split.e820().size() - 1));
  }

  @Test
  void thePciHoleStartsWhereRamEndsButNotBelowThreeGibibytes() {
    assertEquals(3 * GIB, new PcMemoryLayout(GIB).pciHole());
    assertEquals(0xD000_0000L, new PcMemoryLayout(0xD000_0000L).pciHole());
    assertEquals(3 * GIB, new PcMemoryLayout(8 * GIB).pciHole());
  }

  @Test
  void rangesOfTheMapRiseAndDoNotOverlap() {
    for (long size : new long[] {2 << 20, GIB, 4 * GIB, 1023 * GIB}) {
      List<Range> map = new PcMemoryLayout(size).e820();
      for (int i = 1; i < map.size(); i++) {
        assertTrue(map.get(i - 1).end() <= map.get(i).start(), map.toString());
      }
    }
  }

  @Test
  void kernelsMayLieInRamAboveOneMebibyteOnly() {
    PcMemoryLayout layout = new PcMemoryLayout(8 * GIB);
    assertTrue(layout.loadable(0x10_0000, 3 * GIB - 0x10_0000));
    assertFalse(layout.loadable(0xF_FFFF, 2));
    assertFalse(layout.loadable(3 * GIB - 1, 2));
    assertTrue(layout.loadable(4 * GIB, 5 * GIB));
    assertFalse(layout.loadable(4 * GIB, 5 * GIB + 1));
    assertFalse(layout.loadable(Long.MAX_VALUE, 1));
    assertFalse(layout.loadable(-4096, 4096));
  }

  @Test
  void absurdSizesAreRefused() {
    assertThrows(BootException.class, () -> new PcMemoryLayout(0));
    assertThrows(BootException.class, () -> new PcMemoryLayout(1 << 20));
    assertThrows(BootException.class, () -> new PcMemoryLayout(1L << 40));
    assertThrows(BootException.class, () -> new PcMemoryLayout((4L << 20) + 1));
    assertThrows(BootException.class, () -> new PcMemoryLayout(Long.MIN_VALUE));
  }
}
