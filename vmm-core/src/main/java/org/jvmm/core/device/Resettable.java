package org.jvmm.core.device;

/** A device with a RESET input. */
public interface Resettable {
  /** Puts the volatile state into its power-on form and drives the outputs accordingly. */
  void reset();
}
