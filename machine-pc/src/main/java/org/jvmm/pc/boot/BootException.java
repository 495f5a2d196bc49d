package org.jvmm.pc.boot;

/**
 * The guest cannot be booted as asked: a kernel or initrd that is missing, damaged or too large, a
 * command line too long, too little RAM. The message is one line for the user and names the file
 * and the field.
 */
public final class BootException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BootException(String message) {
    super(message);
  }

  public BootException(String message, Throwable cause) {
    super(message, cause);
  }
}
