package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ZeroesTest {
  private static final int SIZE = 200_003;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 65_535, 65_536, 65_537, 131_072, SIZE - 9, SIZE - 1})
  void oneByteAnywhereIsSeen(int at) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
    buffer.put(at, (byte) 0x80);
    assertFalse(Zeroes.only(buffer));
    assertTrue(Zeroes.only(buffer.duplicate().limit(at)));
    assertTrue(Zeroes.only(buffer.duplicate().position(at + 1)));
  }

  @Test
  void lookingLeavesTheBufferAsItIs() {
    ByteBuffer buffer = ByteBuffer.allocate(SIZE).position(5).limit(SIZE - 5);
    assertTrue(Zeroes.only(buffer));
    assertEquals(5, buffer.position());
    assertEquals(SIZE - 5, buffer.limit());
  }

  @Test
  void fillingStopsAtTheCount() {
    ByteBuffer buffer = ByteBuffer.allocate(20);
    for (int i = 0; i < 20; i++) {
      buffer.put(i, (byte) 1);
    }
    Zeroes.fill(buffer.position(2), 15);
    assertEquals(17, buffer.position());
    assertEquals(20, buffer.limit());
    assertEquals(1, buffer.get(1));
    assertEquals(1, buffer.get(17));
    assertTrue(Zeroes.only(buffer.flip().position(2)));
  }
}
