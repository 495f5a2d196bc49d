package org.jvmm.softcpu.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.mmu.PhysicalMemory;

class CodeCacheTest {
  private static final int MODE = 1, OTHER_MODE = 2, PAGE = 4096;

  private final CodeCache cache = new CodeCache();

  @BeforeEach
  void connect() {
    cache.connect(new PhysicalMemory(cache));
  }

  /** A block of one-byte instructions. */
  private static Block block(long physical, int insns) {
    Insn[] all = new Insn[insns];
    Arrays.setAll(all, i -> new Insn());
    all[insns - 1].end = (short) insns;
    long end = physical + insns;
    long second = (physical ^ end - 1) >= PAGE ? end & -PAGE : -1;
    return new Block(physical, MODE, all, new Handler[insns], second);
  }

  private Block added(long physical, int insns) {
    Block block = block(physical, insns);
    cache.add(block);
    return block;
  }

  private long found(LongStream physical) {
    return physical.filter(at -> cache.find(at, MODE) != null).count();
  }

  @Test
  void aBlockIsFoundByAddressAndMode() {
    Block block = added(0x1234, 3);
    assertSame(block, cache.find(0x1234, MODE));
    assertNull(cache.find(0x1234, OTHER_MODE));
    assertNull(cache.find(0x1235, MODE));
  }

  @Test
  void aWriteDiscardsTheBlocksItTouchesAndNoOthers() {
    added(0x1000, 4);
    Block touched = added(0x1004, 4);
    added(0x1008, 4);
    touched.link(touched);
    cache.codeWritten(0x1007, 1);
    assertNotNull(cache.find(0x1000, MODE));
    assertNull(cache.find(0x1004, MODE));
    assertNull(touched.successor(0x1004, MODE));
    assertNotNull(cache.find(0x1008, MODE));
  }

  @Test
  void aPredecessorDoesNotLeadToADiscardedBlock() {
    Block before = added(0x1000, 4);
    Block after = added(0x1100, 4);
    before.link(after);
    assertSame(after, before.successor(0x7100, MODE));
    cache.codeWritten(0x1103, 1);
    assertNull(before.successor(0x7100, MODE));
  }

  @Test
  void aBlockOverAPagesEndIsDiscardedByAWriteToEitherPage() {
    Block block = added(0x1ffe, 4);
    cache.codeWritten(0x2001, 1);
    assertNull(cache.find(0x1ffe, MODE));
    assertEquals(Block.DISCARDED, block.mode);
    added(0x1ffe, 4);
    cache.codeWritten(0x1ffe, 1);
    assertNull(cache.find(0x1ffe, MODE));
  }

  @Test
  void thePagesKeptAreBounded() {
    int pages = 40_000;
    for (long i = 0; i < pages; i++) {
      added(i * PAGE, 1);
    }
    long kept = found(LongStream.range(0, pages).map(i -> i * PAGE));
    assertTrue(kept > 0 && kept <= 1 << 14, () -> kept + " pages");
    assertNotNull(cache.find((pages - 1L) * PAGE, MODE));
  }

  @Test
  void theInstructionsKeptAreBounded() {
    int blocks = 25_000;
    int insns = 64;
    for (long i = 0; i < blocks; i++) {
      added(i * insns, insns);
    }
    long kept = insns * found(LongStream.range(0, blocks).map(i -> i * insns));
    assertTrue(kept > 0 && kept <= 600_000 + insns, () -> kept + " instructions");
    assertNotNull(cache.find((blocks - 1L) * insns, MODE));
  }

  @Test
  void whatWasDiscardedIsNotCounted() {
    int insns = 64;
    Block first = added(0, insns);
    for (int i = 0; i < 25_000; i++) { // written and decoded again and again
      added(PAGE, insns);
      cache.codeWritten(PAGE, 1);
    }
    assertSame(first, cache.find(0, MODE));
  }
}
