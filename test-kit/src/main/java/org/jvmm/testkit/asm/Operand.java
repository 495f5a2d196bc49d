package org.jvmm.testkit.asm;

/** What a ModRM byte can name: a general register or memory. */
public sealed interface Operand permits Reg, Mem {

  /** Width in bits: 8, 16, 32 or 64; 0 when a memory operand leaves it to the other operand. */
  int bits();
}
