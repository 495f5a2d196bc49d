package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.mem.ScatterList;

/**
 * Guest memory whose pieces, here and there, hold a transfer's bytes; the same memory for all, one
 * after the other.
 */
final class ScatteredRam {
  private static final int SIZE = 16 << 20, GAP = 4096;

  private static final MemoryMap MAP = new MemoryMap();

  static {
    MAP.map(new MemorySlot("ram", 0, SIZE, RamAllocator.HEAP.allocate("ram", SIZE), 0, true));
  }

  private final ScatterList list = new ScatterList();
  private final long seed;

  ScatteredRam(long seed) {
    this.seed = seed;
  }

  /** The places of so many bytes; the same ones each time. */
  ScatterList list(int length) {
    Random random = new Random(seed + length);
    list.clear();
    int at = random.nextInt(GAP);
    for (int left = length; left > 0; ) {
      int step = Math.min(left, 1 + random.nextInt(8000) + length / 500);
      assertTrue(MAP.memory().gather(at, step, true, list));
      at += step + (random.nextBoolean() ? random.nextInt(GAP) : 0);
      left -= step;
    }
    return list;
  }

  /** Sets them. */
  ScatteredRam fill(byte[] data) {
    list(data.length).put(ByteBuffer.allocateDirect(data.length).put(data).flip());
    return this;
  }

  /** What they hold. */
  byte[] content(int length) {
    ByteBuffer direct = ByteBuffer.allocateDirect(length);
    list(length).get(direct);
    byte[] data = new byte[length];
    direct.flip().get(data);
    return data;
  }
}
