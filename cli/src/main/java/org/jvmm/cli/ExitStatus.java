package org.jvmm.cli;

import org.jvmm.core.run.Outcome;

/**
 * Exit statuses of the process. All but 1 are even, because the guest's own isa-debug-exit statuses
 * are odd (value * 2 + 1).
 */
final class ExitStatus {
  /** The guest powered off, or reset under -no-reboot, or the user quit. */
  static final int OK = 0;

  /** The host failed us. */
  static final int HOST = 1;

  /** The user's request cannot be met. */
  static final int USAGE = 2;

  static final int GUEST_PANIC = 10;
  static final int TRIPLE_FAULT = 12;
  static final int ACCELERATOR_FAILURE = 14;

  private ExitStatus() {}

  static int of(Outcome outcome) {
    return switch (outcome.kind()) {
      case POWER_OFF, RESET, QUIT -> OK;
      case DEBUG_EXIT -> outcome.code();
      case GUEST_PANIC -> GUEST_PANIC;
      case TRIPLE_FAULT -> TRIPLE_FAULT;
      case ACCELERATOR_FAILURE -> ACCELERATOR_FAILURE;
    };
  }
}
