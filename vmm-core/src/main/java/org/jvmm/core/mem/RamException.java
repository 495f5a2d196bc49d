package org.jvmm.core.mem;

/** The host cannot give the memory that was asked for. */
public final class RamException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RamException(String message, Throwable cause) {
    super(message, cause);
  }
}
