package org.jvmm.pc;

/** The DMA channel of everything on the board that has a fixed one. */
public final class IsaDma {
  public static final int FDC = 2;

  private IsaDma() {}
}
