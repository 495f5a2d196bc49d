package org.jvmm.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IoBufferTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512, 4095, 4096, 4097, 1 << 20})
  void aBufferOfAnySizeBeginsAtAPage(int bytes) {
    ByteBuffer buffer = IoBuffer.allocate(bytes);
    assertEquals(bytes, buffer.remaining());
    assertEquals(bytes, buffer.capacity());
    assertEquals(0, buffer.alignmentOffset(0, 4096));
  }
}
