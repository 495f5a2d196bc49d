package org.jvmm.guests.fetch;

import java.io.IOException;

/** A guest cannot be provided; the message is one line that says why and what to do. */
public class GuestException extends IOException {
  private static final long serialVersionUID = 1L;

  public GuestException(String message) {
    super(message);
  }

  public GuestException(String message, Throwable cause) {
    super(message, cause);
  }
}
