package org.jvmm.core.stats;

/** An ability of an accelerator's VM: statistics of its own. */
@FunctionalInterface
public interface StatsTable {
  /** A table for people, empty if there is nothing to tell. Any thread. */
  String table();
}
