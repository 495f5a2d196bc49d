package org.jvmm.core.bus;

/** The items that one exit moves through a port: one, or several of a REP INS or OUTS. */
public interface PortItems {
  /** Number of items, at least 1. */
  int count();

  /** Item {@code i} on its way out, zero-extended. */
  long data(int i);

  /** Sets item {@code i} on its way in; bits above the item's size are ignored. */
  void reply(int i, long value);
}
