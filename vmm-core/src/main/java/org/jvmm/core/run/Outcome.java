package org.jvmm.core.run;

/**
 * Why a machine stopped.
 *
 * @param kind what happened
 * @param code {@code DEBUG_EXIT}: the value that the guest wrote, times two plus one; else 0
 * @param report what to tell the user: empty, one line, or a failure report of several
 */
public record Outcome(Kind kind, int code, String report) {
  /** What ends a machine. */
  public enum Kind {
    /** ACPI S5. */
    POWER_OFF,
    /** The guest asked for a reset, which was to end the machine. */
    RESET,
    /** The guest wrote to isa-debug-exit. */
    DEBUG_EXIT,
    /** The guest reported a panic (pvpanic). */
    GUEST_PANIC,
    /** Triple fault. */
    TRIPLE_FAULT,
    /** The accelerator could not go on. */
    ACCELERATOR_FAILURE,
    /** The user ended it. */
    QUIT
  }

  /** An outcome that needs no more words. */
  public static Outcome of(Kind kind) {
    return new Outcome(kind, 0, "");
  }
}
