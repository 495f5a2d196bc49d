package org.jvmm.pc;

import java.nio.charset.StandardCharsets;

/**
 * Watches a serial line for Linux' panic message. Stock kernels have pvpanic only as a module, so
 * with {@code panic=-1} this text before a reset is all that tells a panic from a reboot.
 */
final class PanicWatch {
  private static final byte[] TEXT =
      "] Kernel panic - not syncing".getBytes(StandardCharsets.US_ASCII);

  private int matched;
  private volatile boolean seen;

  /** One character of output, under the UART's monitor. */
  void see(int character) {
    if (character == TEXT[matched]) {
      matched++;
      if (matched == TEXT.length) {
        seen = true;
        matched = 0;
      }
    } else {
      matched = character == TEXT[0] ? 1 : 0; // ']' occurs nowhere else in the text
    }
  }

  boolean seen() {
    return seen;
  }
}
