package org.jvmm.softcpu.isa;

/** SSE floating point and data movement (SDM vol. 2 table A-3); the format is {@link OpSpec}'s. */
final class SseRows {
  static final String TEXT =
      """
      """;

  private SseRows() {}
}
