package org.jvmm.bench.lockstep;

import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;

/** Any accelerator, one single step for each instruction; slow. */
final class StepEngine extends Engine {
  private long instructions;

  /** The last exit is answered, its instruction not complete. */
  private boolean answered;

  /** Linear address behind the last step. */
  private long last = -1;

  StepEngine(String name, Accelerator accelerator, FlatGuest guest) {
    super(name, accelerator, guest);
    vcpu().debug(true, false, null);
  }

  @Override
  public long instructions() {
    return instructions;
  }

  @Override
  public VcpuExit runTo(long wanted) {
    while (instructions < wanted) {
      if (answered) {
        vcpu().kick(); // completes the instruction and goes no further
      }
      VcpuExit exit = vcpu().run();
      boolean stands = exit.reason() == ExitReason.INTERRUPTED;
      if (exit.reason() == ExitReason.DEBUG || stands && answered) {
        instructions += repeats(Listing.linear(state())) ? 0 : 1;
        answered = false;
      } else if (!stands && exit.reason() != ExitReason.INTERRUPT_WINDOW) {
        answered = true;
        return exit;
      }
    }
    return null;
  }

  /**
   * Whether the step ended where it began, at a repeated string instruction: that steps once for
   * each iteration, and is complete when RIP moves on.
   */
  private boolean repeats(long linear) {
    boolean same = linear == last;
    last = linear;
    return same && Listing.repeatedString(memory(), linear);
  }
}
