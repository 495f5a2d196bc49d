package org.jvmm.core.bus;

/**
 * Two devices claim the same addresses, or a window is impossible: a mistake of the board, found at
 * wiring.
 */
public final class WiringException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WiringException(String message) {
    super(message);
  }
}
