package org.jvmm.softcpu.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What has to be looked at before the next instruction, as one word that the run loop compares with
 * 0 between blocks. Any thread may post.
 */
public final class Events {
  /** {@code kick()}. */
  public static final int KICK = 1;

  /** INTR may be high. */
  public static final int INTR = 1 << 1;

  /** An NMI edge came. */
  public static final int NMI = 1 << 2;

  /** INIT came. */
  public static final int INIT = 1 << 3;

  /** A start-up IPI came. */
  public static final int STARTUP = 1 << 4;

  /** The next instruction runs alone: interrupt shadow, single step, breakpoints. */
  public static final int STEP = 1 << 5;

  /** The guest executed HLT or is in another state without execution. */
  public static final int IDLE = 1 << 6;

  /** Memory that holds decoded code was written by a device. */
  public static final int CODE = 1 << 7;

  /** Triple fault. */
  public static final int SHUTDOWN = 1 << 8;

  /** The guest waits in a loop: another vCPU may have the time. */
  public static final int PAUSE = 1 << 9;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(Events.class, "word", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int word;

  /** Whether there is nothing to look at. */
  public boolean none() {
    return word == 0;
  }

  public boolean has(int bits) {
    return (word & bits) != 0;
  }

  public void post(int bits) {
    WORD.getAndBitwiseOr(this, bits);
  }

  public void clear(int bits) {
    WORD.getAndBitwiseAnd(this, ~bits);
  }

  /** Clears bits and says whether one of them was set. */
  public boolean take(int bits) {
    return ((int) WORD.getAndBitwiseAnd(this, ~bits) & bits) != 0;
  }
}
