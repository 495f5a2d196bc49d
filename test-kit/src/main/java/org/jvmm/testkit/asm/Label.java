package org.jvmm.testkit.asm;

/**
 * A place in the code; may be used before it is bound. Its address is the origin plus the offset.
 */
public final class Label {
  private final String name;
  private int offset = -1;

  Label(String name) {
    this.name = name;
  }

  void bind(int here) {
    if (offset >= 0) {
      throw new IllegalStateException("label %s is bound twice".formatted(name));
    }
    offset = here;
  }

  /** Offset from the first byte of the code. */
  public int offset() {
    if (offset < 0) {
      throw new IllegalStateException("label %s is never bound".formatted(name));
    }
    return offset;
  }
}
