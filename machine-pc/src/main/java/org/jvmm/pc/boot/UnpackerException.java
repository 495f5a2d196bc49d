package org.jvmm.pc.boot;

import java.io.IOException;

/** A compressed kernel may be good, but this host or this build cannot unpack it. */
final class UnpackerException extends IOException {
  private static final long serialVersionUID = 1L;

  UnpackerException(String message, Throwable cause) {
    super(message, cause);
  }
}
