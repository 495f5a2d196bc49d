package org.jvmm.core.irq;

/**
 * One interrupt wire, as a level. Setting the level it already has changes nothing; edges are the
 * interrupt controller's business.
 */
@FunctionalInterface
public interface IrqLine {
  /** A wire that leads nowhere. */
  IrqLine UNCONNECTED = high -> {};

  /** Drives the wire. Any thread. */
  void set(boolean high);

  /**
   * Drives the wire high and low again: for sources that are edges by nature, such as a timer's
   * output.
   */
  default void pulse() {
    set(true);
    set(false);
  }
}
