package org.jvmm.pc;

/** The interrupt of everything on the board that has a fixed one: the 8259's inputs, and GSIs. */
public final class IsaIrq {
  public static final int PIT = 0;
  public static final int KEYBOARD = 1;
  public static final int COM2 = 3;
  public static final int COM1 = 4;
  public static final int FDC = 6;
  public static final int RTC = 8;

  /** ACPI's system control interrupt: level, active high. */
  public static final int SCI = 9;

  public static final int MOUSE = 12;
  public static final int IDE_PRIMARY = 14;
  public static final int IDE_SECONDARY = 15;

  /** The coprocessor's error. */
  public static final int FPU = 13;

  private IsaIrq() {}
}
