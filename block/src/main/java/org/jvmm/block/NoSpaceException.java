package org.jvmm.block;

import java.io.IOException;

/** The host's storage under an image is full; the message names the file. */
public final class NoSpaceException extends IOException {
  private static final long serialVersionUID = 1;

  /** With what was tried and where. */
  public NoSpaceException(String message) {
    super(message);
  }
}
