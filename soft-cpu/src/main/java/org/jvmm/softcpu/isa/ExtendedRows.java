package org.jvmm.softcpu.isa;

/**
 * SSSE3, SSE4, AES and PCLMULQDQ: maps 0F38H and 0F3AH (SDM vol. 2 tables ); the format
 * is {@link OpSpec}'s.
 */
final class ExtendedRows {
  static final String TEXT =
      """
      """;

  private ExtendedRows() {}
}
