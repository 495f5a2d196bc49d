package org.jvmm.testkit.asm;

/** Conditions in the order of their encoding (SDM volume 2, appendix B, "tttn"). */
public enum Cond {
  O,
  NO,
  B,
  AE,
  E,
  NE,
  BE,
  A,
  S,
  NS,
  P,
  NP,
  L,
  GE,
  LE,
  G
}
