package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BytesTest {
  private static final int SIZE = 70_001;

  private static ByteBuffer pattern(boolean direct, int shift) {
    ByteBuffer buffer =
        direct ? ByteBuffer.allocateDirect(SIZE + shift) : ByteBuffer.allocate(SIZE + shift);
    for (int i = 0; i < SIZE; i++) {
      buffer.put(shift + i, (byte) (i * 31));
    }
    return buffer.position(shift);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, false"})
  void onlyWhatRemainsIsCompared(boolean directA, boolean directB) {
    ByteBuffer a = pattern(directA, 3);
    ByteBuffer b = pattern(directB, 8).put(7, (byte) 1);
    assertTrue(Bytes.equal(a, b));
    assertEquals(3, a.position());
    assertEquals(8, b.position());
    assertFalse(Bytes.equal(a, b.limit(SIZE)));
  }

  @ParameterizedTest
  @CsvSource({"true, 0", "true, 35000", "true, 70000", "false, 70000"})
  void oneByteMakesADifference(boolean direct, int at) {
    ByteBuffer other = pattern(direct, 1);
    other.put(at + 1, (byte) (other.get(at + 1) ^ 0x80));
    assertFalse(Bytes.equal(pattern(direct, 0), other));
  }
}
