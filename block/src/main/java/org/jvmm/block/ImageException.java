package org.jvmm.block;

import java.io.IOException;

/**
 * A file that breaks its format, or asks for what is not supported; the message names the field.
 */
public class ImageException extends IOException {
  private static final long serialVersionUID = 1;

  /** With the reason, which names the field and its value in hex. */
  public ImageException(String message) {
    super(message);
  }
}
