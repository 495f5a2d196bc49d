package org.jvmm.testkit.asm;

/** Control registers. */
public enum Cr {
  CR0(0),
  CR2(2),
  CR3(3),
  CR4(4),
  CR8(8);

  private final int code;

  Cr(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
