package org.jvmm.softcpu.isa;

/** The x87 escape opcodes D8H to DFH (SDM vol. 2 section A.5); the format is {@link OpSpec}'s. */
final class X87Rows {
  static final String TEXT =
      """
      """;

  private X87Rows() {}
}
