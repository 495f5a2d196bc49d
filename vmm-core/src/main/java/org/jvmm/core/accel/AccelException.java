package org.jvmm.core.accel;

/**
 * The host refused something to an accelerator. The message names the call, its arguments in hex
 * and the error.
 */
public class AccelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public AccelException(String message) {
    super(message);
  }

  public AccelException(String message, Throwable cause) {
    super(message, cause);
  }
}
