package org.jvmm.testkit.asm;

/** Segment registers in the order of their encoding. */
public enum Seg {
  ES(0x26),
  CS(0x2E),
  SS(0x36),
  DS(0x3E),
  FS(0x64),
  GS(0x65);

  private final int prefix;

  Seg(int prefix) {
    this.prefix = prefix;
  }

  /** The override prefix byte. */
  int prefix() {
    return prefix;
  }
}
