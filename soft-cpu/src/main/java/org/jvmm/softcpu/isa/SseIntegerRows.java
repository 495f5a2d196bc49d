package org.jvmm.softcpu.isa;

/** MMX and SSE integer instructions (SDM vol. 2 table A-3); the format is {@link OpSpec}'s. */
final class SseIntegerRows {
  static final String TEXT =
      """
      """;

  private SseIntegerRows() {}
}
