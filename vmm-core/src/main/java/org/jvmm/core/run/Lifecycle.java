package org.jvmm.core.run;

/** The states of a machine and the moves between them. */
public enum Lifecycle {
  /** Wired, never run. */
  CREATED,
  /** vCPUs and clock run. */
  RUNNING,
  /** vCPUs stand between instructions with nothing half done; the clock stands. */
  PAUSED,
  /** Ended for good; only {@link Machine#close} is left. */
  STOPPED;

  /** Whether a machine may go from this state to another. */
  public boolean mayBecome(Lifecycle next) {
    return switch (this) {
      case CREATED, PAUSED -> next == RUNNING || next == STOPPED;
      case RUNNING -> next == PAUSED || next == STOPPED;
      case STOPPED -> false;
    };
  }
}
